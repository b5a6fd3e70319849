"""MaxPool and AdaptiveMaxPool: the ops with their options, PyTorch's numbers."""

import nt_autograd as ag
import nt_nn
import numpy as np
import pytest
from nt_autograd import gradcheck, tensor

SHAPES = {1: (2, 3, 9), 2: (2, 3, 7, 8), 3: (1, 2, 5, 6, 4)}


def image(count):
    return tensor(np.random.default_rng(0).standard_normal(SHAPES[count]))


@pytest.mark.parametrize("count", SHAPES)
def test_they_are_the_ops_with_their_options(count):
    x = image(count)
    layer, op = getattr(nt_nn, f"MaxPool{count}d"), getattr(ag, f"max_pool{count}d")
    assert layer(3)(x).tolist() == op(x, 3, 3).tolist()
    for ceil_mode in (False, True):
        found = layer(3, 2, 1, 1, True, ceil_mode)(x)
        right = op(x, 3, 2, 1, 1, ceil_mode, True)
        assert [each.tolist() for each in found] == [each.tolist() for each in right]
    assert layer(2, 1, dilation=2)(x[0]).tolist() == op(x[0], 2, 1, 0, 2).tolist()
    layer, op = (
        getattr(nt_nn, f"AdaptiveMaxPool{count}d"),
        getattr(ag, f"adaptive_max_pool{count}d"),
    )
    assert layer(2)(x).tolist() == op(x, 2).tolist()
    found, right = layer(2, return_indices=True)(x), op(x, 2, True)
    assert [each.tolist() for each in found] == [each.tolist() for each in right]


def test_gradients_agree_with_finite_differences():
    x = image(2).requires_grad_()
    assert gradcheck(nt_nn.MaxPool2d(3, 2, 1, ceil_mode=True), x)
    assert gradcheck(nt_nn.AdaptiveMaxPool2d((None, 3)), x)


def test_a_kept_axis_keeps_its_length():
    assert nt_nn.AdaptiveMaxPool2d((None, 3))(image(2)).shape == (2, 3, 7, 3)
    assert nt_nn.AdaptiveMaxPool2d(None)(image(2)).tolist() == image(2).tolist()


def test_options_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"kernel_size \(0\) must be one integer or 2"):
        nt_nn.MaxPool2d(0)
    with pytest.raises(ValueError, match="stride"):
        nt_nn.MaxPool1d(2, 0)
    with pytest.raises(ValueError, match="dilation"):
        nt_nn.MaxPool3d(2, dilation=0)
    with pytest.raises(ValueError, match=r"output_size \(\(0, 1\)\) must be one number or 2"):
        nt_nn.AdaptiveMaxPool2d((0, 1))
    with pytest.raises(ValueError, match="output_size"):
        nt_nn.AdaptiveMaxPool3d((1, 1))
    assert repr(nt_nn.MaxPool2d(2)) == (
        "MaxPool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0), dilation=(1, 1), "
        "ceil_mode=False)"
    )
    assert repr(nt_nn.AdaptiveMaxPool1d(2)) == "AdaptiveMaxPool1d(output_size=(2,))"


@pytest.mark.goldens("pool", "maxpool.*|adaptive_max.*")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_they_agree_with_pytorch(as_pytorch, dtype):
    as_pytorch(dtype)
