"""LocalResponseNorm hands its settings on to the op, which is tested there."""

import numpy as np
import pytest
from nt_autograd import local_response_norm, ones, tensor
from nt_nn import LocalResponseNorm


def test_its_settings_reach_the_op():
    x = tensor(np.random.default_rng(0).normal(size=(2, 5, 3)))
    right = local_response_norm(x, 3, 0.5, 0.6, 2.0).tolist()
    assert LocalResponseNorm(3, 0.5, 0.6, 2.0)(x).tolist() == right
    by_default = local_response_norm(x, 2, 1e-4, 0.75, 1.0).tolist()
    assert LocalResponseNorm(2)(x).tolist() == by_default
    assert repr(LocalResponseNorm(2)) == "LocalResponseNorm(2, alpha=0.0001, beta=0.75, k=1.0)"


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"size \(0\) must be positive"):
        LocalResponseNorm(0)
    with pytest.raises(ValueError, match=r"not \(2, 3\)"):
        LocalResponseNorm(2)(ones(2, 3))


@pytest.mark.goldens("norm", "local_response_norm")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_it_agrees_with_pytorch(golden, pytorchs, dtype, limit):
    pytorchs(golden, dtype, limit)
