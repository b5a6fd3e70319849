"""ZeroPad and ConstantPad: NumPy's padding, whatever the axes and widths."""

import nt_nn
import numpy as np
import pytest
from nt_autograd import gradcheck, tensor

WIDTHS = {1: (1, 2), 2: (1, 2, 0, 3), 3: (1, 2, 0, 3, 2, 1)}


def image(count, lead):
    shape = (*lead, *[5, 4, 3][:count])
    return np.random.default_rng(0).standard_normal(shape)


@pytest.mark.parametrize("lead", [(2, 3), (3,)])
@pytest.mark.parametrize("count", WIDTHS)
def test_it_is_numpys_padding(count, lead):
    x = image(count, lead)
    widths = WIDTHS[count]
    pairs = [(0, 0)] * len(lead) + [tuple(widths[i : i + 2]) for i in range(0, 2 * count, 2)][::-1]
    for layer, value in (
        (getattr(nt_nn, f"ZeroPad{count}d")(widths), 0),
        (getattr(nt_nn, f"ConstantPad{count}d")(widths, -np.inf), -np.inf),
    ):
        right = np.pad(x, pairs, constant_values=value)
        np.testing.assert_array_equal(layer(tensor(x)).numpy(), right)


@pytest.mark.parametrize("count", WIDTHS)
def test_one_number_pads_all_sides_and_a_negative_one_crops(count):
    x = image(count, (2, 3))
    for name, more in (("ZeroPad", ()), ("ConstantPad", (0.0,))):
        layer = getattr(nt_nn, f"{name}{count}d")
        back = layer(-1, *more)(layer(1, *more)(tensor(x)))
        np.testing.assert_array_equal(back.numpy(), x)


def test_gradients_agree_with_finite_differences():
    assert gradcheck(nt_nn.ZeroPad2d((1, -1, 0, 2)), tensor(image(2, (1, 2)), requires_grad=True))


def test_widths_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"padding .* must be one integer or 4"):
        nt_nn.ZeroPad2d((1, 2))
    with pytest.raises(ValueError, match="padding"):
        nt_nn.ConstantPad1d((1, 1.5), 0.0)
    assert repr(nt_nn.ZeroPad1d(1)) == "ZeroPad1d((1, 1))"
    assert repr(nt_nn.ConstantPad1d(1, 2.0)) == "ConstantPad1d(padding=(1, 1), value=2.0)"
