"""topk is the head of the order, whichever body finds it."""

import nt_tensor as nt
import numpy as np
import pytest
from nt_tensor import kernels


@pytest.mark.parametrize("k", [0, 1, 5, 24, 60, 100])
@pytest.mark.parametrize("largest", [True, False])
def test_it_is_the_head_of_the_order(k, largest, device):
    x = np.random.default_rng(0).permutation(300).reshape(3, 100).astype(np.float32)
    at = nt.to_numpy(kernels.topk(nt.asarray(x, device=device), k, largest))
    expected = np.sort(x, -1)[:, ::-1] if largest else np.sort(x, -1)
    np.testing.assert_array_equal(np.take_along_axis(x, at, -1), expected[:, :k])


def test_infinities_are_the_ends(device):
    x = np.zeros(100, np.float32)
    x[[7, 50]] = np.inf, -np.inf
    t = nt.asarray(x, device=device)
    assert nt.to_numpy(kernels.topk(t, 1, True)).tolist() == [7]
    assert nt.to_numpy(kernels.topk(t, 1, False)).tolist() == [50]
