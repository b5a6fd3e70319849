"""Unfold and Fold: the ops with their options, PyTorch's numbers."""

import numpy as np
import pytest
from nt_autograd import fold, tensor, unfold
from nt_nn import Fold, Unfold


def test_they_are_the_ops_with_their_options():
    x = tensor(np.random.default_rng(0).standard_normal((2, 3, 6, 7)))
    options = {"kernel_size": (2, 3), "dilation": 2, "padding": 1, "stride": (1, 2)}
    columns = Unfold(**options)(x)
    assert columns.tolist() == unfold(x, **options).tolist()
    assert Fold((6, 7), **options)(columns).tolist() == fold(columns, (6, 7), **options).tolist()


def test_options_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"kernel_size \(0\) must be"):
        Unfold(0)
    with pytest.raises(ValueError, match=r"output_size \(\(1, 2, 3\)\) must be"):
        Fold((1, 2, 3), 2)
    assert repr(Unfold(2)) == (
        "Unfold(kernel_size=(2, 2), dilation=(1, 1), padding=(0, 0), stride=(1, 1))"
    )
    assert repr(Fold(4, 2)).startswith("Fold(output_size=(4, 4), kernel_size=(2, 2)")


@pytest.mark.goldens("conv", "unfold|fold")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_they_agree_with_pytorch(as_pytorch, dtype):
    as_pytorch(dtype)
