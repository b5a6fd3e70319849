"""MaxUnpool: the op with its options, the way back of MaxPool."""

import nt_autograd as ag
import nt_nn
import numpy as np
import pytest
from nt_autograd import gradcheck, tensor

SHAPES = {1: (2, 3, 9), 2: (2, 3, 7, 8), 3: (1, 2, 5, 6, 4)}


@pytest.mark.parametrize("count", SHAPES)
def test_it_puts_back_what_max_pool_took(count):
    x = tensor(np.random.default_rng(0).standard_normal(SHAPES[count]))
    y, places = getattr(nt_nn, f"MaxPool{count}d")(2, return_indices=True)(x)
    unpool = getattr(nt_nn, f"MaxUnpool{count}d")(2)
    back = unpool(y, places, output_size=x.shape)
    right = getattr(ag, f"max_unpool{count}d")(y, places, 2, output_size=x.shape)
    assert back.shape == x.shape
    assert back.tolist() == right.tolist()
    kept = back.numpy() != 0
    np.testing.assert_array_equal(back.numpy()[kept], x.numpy()[kept])


def test_gradients_agree_with_finite_differences():
    y, places = tensor([[3.0, 4.0]], dtype="float64", requires_grad=True), tensor([[1, 2]])
    assert gradcheck(lambda y: nt_nn.MaxUnpool1d(2)(y, places), y)


def test_options_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"padding \(-1\) must be"):
        nt_nn.MaxUnpool2d(2, padding=-1)
    assert repr(nt_nn.MaxUnpool2d(2)) == (
        "MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))"
    )
