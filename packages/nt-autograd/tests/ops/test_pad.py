"""Padding: every mode against NumPy's, negative widths, and both derivatives."""

import numpy as np
import pytest
from nt_autograd import gradcheck, gradgradcheck, pad, tensor, zeros

MODES = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
WIDTHS = [(1, 2), (0, 1), (2, 0, 1, 1), (0, 0, 2, 1), (0, 0), (2, 2, 0, 0), (1, 0, 2, 1, 1, 1)]


def by_numpy(x, widths, mode, **more):
    pairs = [(0, 0)] * x.ndim
    for i in range(0, len(widths), 2):
        pairs[-1 - i // 2] = widths[i : i + 2]
    return np.pad(x, pairs, mode=MODES[mode], **more)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("widths", WIDTHS, ids=str)
def test_it_is_numpys(mode, widths, road, agree, rng):
    x = rng.standard_normal((2, 3, 4))
    found = pad(tensor(x), widths, mode).numpy()
    np.testing.assert_array_equal(found, by_numpy(x, widths, mode))
    agree(lambda t: pad(t, widths, mode), x, device=road)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("widths", [(1, 2), (1, 1, 1, 0), (-1, 1), (-1, -1, 1, -1)], ids=str)
def test_both_derivatives_agree_with_differences(mode, widths, rng):
    x = tensor(rng.standard_normal((3, 4)), requires_grad=True)
    assert gradcheck(lambda t: pad(t, widths, mode), x)
    assert gradgradcheck(lambda t: pad(t * t, widths, mode), x)


def test_a_constant_may_be_any_and_widens_nothing(road):
    x = tensor([1.0], dtype="float16", device=road)
    y = pad(x, (1, 1), value=-np.inf)
    assert y.tolist() == [-np.inf, 1, -np.inf]
    assert str(y.dtype) == "float16"
    assert pad(tensor([1], device=road), (0, 2), value=7).tolist() == [1, 7, 7]


def test_negative_widths_take_away(road):
    x = tensor([[1.0, 2.0, 3.0, 4.0]], device=road)
    assert pad(x, (-1, -1)).tolist() == [[2, 3]]
    assert pad(x, (-2, 1)).tolist() == [[3, 4, 0]]
    assert pad(x, (-1, 2), mode="reflect").tolist() == [[2, 3, 4, 3, 2]]
    assert pad(x, (-2, -2)).shape == (1, 0)


def test_nothing_can_be_padded_into_something(road):
    assert pad(zeros(2, 0, device=road), (1, 2), value=5.0).tolist() == [[5, 5, 5]] * 2


@pytest.mark.parametrize(
    ("widths", "mode", "message"),
    [
        ((1,), "constant", "must be pairs"),
        ((1, 1) * 3, "constant", "at most one for each of 2 axes"),
        ((-2, -2), "constant", "takes away more than axis 1 has, 3"),
        ((3, 0), "reflect", "must be less than the axis' length, 3"),
        ((4, 0), "circular", "must not exceed the axis' length, 3"),
        ((1, 1), "mirror", 'mode must be "constant"'),
    ],
)
def test_what_does_not_fit_is_told(widths, mode, message):
    with pytest.raises(ValueError, match=message):
        pad(zeros(2, 3), widths, mode)


def test_the_edge_of_nothing_cannot_be_repeated():
    with pytest.raises(ValueError, match="no element to repeat"):
        pad(zeros(0), (1, 1), "replicate")
