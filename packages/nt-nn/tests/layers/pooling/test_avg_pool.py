"""AvgPool and AdaptiveAvgPool: the ops with their options, PyTorch's numbers."""

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
    layer, op = getattr(nt_nn, f"AvgPool{count}d"), getattr(ag, f"avg_pool{count}d")
    assert layer(3)(x).tolist() == op(x, 3).tolist()
    for flags in ((False, True), (True, False)):
        assert layer(3, 2, 1, *flags)(x[0]).tolist() == op(x[0], 3, 2, 1, *flags).tolist()
    if count > 1:
        given = layer(2, divisor_override=3)(x)
        assert given.tolist() == op(x, 2, divisor_override=3).tolist()
    layer, op = (
        getattr(nt_nn, f"AdaptiveAvgPool{count}d"),
        getattr(ag, f"adaptive_avg_pool{count}d"),
    )
    assert layer(2)(x).tolist() == op(x, 2).tolist()


@pytest.mark.parametrize("count", SHAPES)
def test_one_place_is_the_global_average(count):
    y = getattr(nt_nn, f"AdaptiveAvgPool{count}d")(1)(image(count)).numpy()
    right = image(count).numpy().mean(tuple(range(2, 2 + count)), keepdims=True)
    np.testing.assert_allclose(y, right, rtol=1e-12)


def test_gradients_agree_with_finite_differences():
    x = image(2).requires_grad_()
    assert gradcheck(nt_nn.AvgPool2d(3, 2, 1, count_include_pad=False), x)
    assert gradcheck(nt_nn.AdaptiveAvgPool2d((None, 3)), x)


def test_options_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match="divisor_override must not be zero"):
        nt_nn.AvgPool2d(2, divisor_override=0)
    with pytest.raises(ValueError, match=r"kernel_size \(\(2, 2\)\) must be one integer from 1 on"):
        nt_nn.AvgPool1d((2, 2))
    with pytest.raises(ValueError, match="output_size"):
        nt_nn.AdaptiveAvgPool1d(0)
    assert repr(nt_nn.AvgPool2d(2)) == (
        "AvgPool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))"
    )
    assert repr(nt_nn.AdaptiveAvgPool2d((3, None))) == "AdaptiveAvgPool2d(output_size=(3, None))"


@pytest.mark.goldens("pool", "avgpool.*|adaptive_avg.*")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_they_agree_with_pytorch(as_pytorch, dtype):
    as_pytorch(dtype)
