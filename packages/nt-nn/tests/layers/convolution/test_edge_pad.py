"""ReflectionPad, ReplicationPad and CircularPad: NumPy's padding, whatever the axes and widths."""

import nt_nn
import numpy as np
import pytest
from nt_autograd import gradcheck, tensor

MODES = {"Reflection": "reflect", "Replication": "edge", "Circular": "wrap"}
WIDTHS = {1: (1, 2), 2: (1, 2, 0, 3), 3: (1, 2, 0, 3, 2, 1)}


def image(count, lead):
    shape = (*lead, *[3, 4, 5][-count:])
    return np.random.default_rng(0).standard_normal(shape)


@pytest.mark.parametrize("lead", [(2, 3), (3,)])
@pytest.mark.parametrize("count", WIDTHS)
@pytest.mark.parametrize("kind", MODES)
def test_it_is_numpys_padding(kind, count, lead):
    x, widths = image(count, lead), WIDTHS[count]
    pairs = [(0, 0)] * len(lead) + [tuple(widths[i : i + 2]) for i in range(0, 2 * count, 2)][::-1]
    y = getattr(nt_nn, f"{kind}Pad{count}d")(widths)(tensor(x))
    np.testing.assert_array_equal(y.numpy(), np.pad(x, pairs, mode=MODES[kind]))
    x = x[..., 1:]
    y = getattr(nt_nn, f"{kind}Pad{count}d")(1)(tensor(x))
    pairs = [(0, 0)] * len(lead) + [(1, 1)] * count
    np.testing.assert_array_equal(y.numpy(), np.pad(x, pairs, mode=MODES[kind]))


@pytest.mark.parametrize("kind", MODES)
def test_gradients_agree_with_finite_differences(kind):
    layer = getattr(nt_nn, f"{kind}Pad2d")((1, 2, 0, 1))
    assert gradcheck(layer, tensor(image(2, (1, 2)), requires_grad=True))


def test_widths_that_do_not_fit_are_named():
    x = tensor(image(1, (1,)))
    with pytest.raises(ValueError, match="reflect: 5 must be less than the axis' length, 5"):
        nt_nn.ReflectionPad1d(5)(x)
    with pytest.raises(ValueError, match="circular: 6 must not exceed"):
        nt_nn.CircularPad1d(6)(x)
    with pytest.raises(ValueError, match=r"padding .* must be one integer or 6"):
        nt_nn.ReplicationPad3d((1, 2))
    assert repr(nt_nn.ReflectionPad2d(2)) == "ReflectionPad2d((2, 2, 2, 2))"
