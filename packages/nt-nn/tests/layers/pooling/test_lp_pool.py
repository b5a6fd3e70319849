"""LPPool: the op with its options, PyTorch's numbers."""

import nt_autograd as ag
import nt_nn
import numpy as np
import pytest
from nt_autograd import gradcheck, tensor

SHAPES = {1: (2, 3, 9), 2: (2, 3, 7, 8), 3: (1, 2, 5, 6, 4)}


def image(count):
    return tensor(np.random.default_rng(0).uniform(0.1, 2.0, SHAPES[count]))


@pytest.mark.parametrize("count", SHAPES)
def test_it_is_the_op_with_its_options(count):
    x = image(count)
    layer, op = getattr(nt_nn, f"LPPool{count}d"), getattr(ag, f"lp_pool{count}d")
    assert layer(2, 3)(x).tolist() == op(x, 2, 3).tolist()
    assert layer(1.5, 3, 2, True)(x[0]).tolist() == op(x[0], 1.5, 3, 2, True).tolist()


def test_gradients_agree_with_finite_differences():
    assert gradcheck(nt_nn.LPPool2d(3, 2), image(2).requires_grad_())


def test_options_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"norm_type \(0\) must be positive and finite"):
        nt_nn.LPPool1d(0, 2)
    with pytest.raises(ValueError, match="kernel_size"):
        nt_nn.LPPool2d(2, -1)
    assert repr(nt_nn.LPPool1d(2, 3)) == (
        "LPPool1d(norm_type=2, kernel_size=(3,), stride=(3,), ceil_mode=False)"
    )


@pytest.mark.goldens("pool", "lppool.*")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_it_agrees_with_pytorch(as_pytorch, dtype):
    as_pytorch(dtype)
