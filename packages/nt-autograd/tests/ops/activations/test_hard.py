"""Straight lines in place of curves: between the kinks, at them, far out."""

import math

import numpy as np
import pytest
from nt_autograd import (
    grad,
    gradcheck,
    gradgradcheck,
    hardsigmoid,
    hardswish,
    hardtanh,
    relu,
    relu6,
    tensor,
    threshold,
)

FUNCTIONS = {
    "hardtanh": (hardtanh, lambda x: min(max(x, -1.0), 1.0)),
    "hardtanh -2 0.5": (lambda x: hardtanh(x, -2, 0.5), lambda x: min(max(x, -2.0), 0.5)),
    "relu6": (relu6, lambda x: min(max(x, 0.0), 6.0)),
    "hardsigmoid": (hardsigmoid, lambda x: min(max(x + 3, 0.0), 6.0) / 6),
    "hardswish": (hardswish, lambda x: x * min(max(x + 3, 0.0), 6.0) / 6),
    "threshold": (lambda x: threshold(x, 0.3, -7), lambda x: x if x > 0.3 else -7.0),
}
each = pytest.mark.parametrize(("fn", "formula"), FUNCTIONS.values(), ids=list(FUNCTIONS))


@each
def test_it_is_its_formula_everywhere(fn, formula, elementwise):
    elementwise(fn, formula, -8, 8, limit=4e-6)


@each
def test_both_derivatives_agree_with_differences(fn, formula):
    x = tensor(np.linspace(-7.4, 7.6, 24).reshape(4, 6), requires_grad=True)  # off the kinks
    assert gradcheck(fn, x)
    assert gradgradcheck(fn, x)


@each
def test_large_arrays_are_right_too(fn, formula, road, agree, rng):
    agree(fn, rng.standard_normal((3, 70001)) * 4, device=road)
    agree(lambda x: fn(x.transpose(1, 2)), rng.standard_normal((2, 300, 200)) * 4, device=road)


@pytest.mark.parametrize(
    ("fn", "points", "slopes"),
    [
        (hardtanh, [-1, 1], [0, 0]),
        (relu6, [0, 6], [0, 0]),
        (hardsigmoid, [-3, 3], [0, 0]),
        (hardswish, [-3, 0, 3], [0, 0.5, 1]),
        (lambda x: threshold(x, 0.5, 20.0), [0.5], [0]),
    ],
)
def test_at_a_kink_the_slope_is_pytorchs(fn, points, slopes, road):
    x = tensor([float(p) for p in points], device=road, requires_grad=True)
    assert grad(fn(x).sum(), x)[0].tolist() == slopes


@pytest.mark.parametrize("far", [1e4, 3e38, math.inf])
def test_far_out_it_is_a_bound_or_the_number(far, road):
    x = tensor([far, -far], device=road, requires_grad=True)
    for fn, high, low, slope in (
        (hardtanh, 1, -1, 0),
        (relu6, 6, 0, 0),
        (hardsigmoid, 1, 0, 0),
        (lambda x: threshold(x, 0.0, 5.0), np.float32(far), 5, 1),
    ):
        y = fn(x)
        assert y.tolist() == [high, low]
        assert grad(y.sum(), x)[0].tolist() == [slope, 0]
    with np.errstate(invalid="ignore"):
        assert hardswish(x)[0].item() == np.float32(far)  # PyTorch's product overflows at 3e38
        assert hardswish(x)[1].item() == 0 or math.isinf(far)
        (g,) = grad(hardswish(x), x, tensor([1.0, 1.0], device=road))
        assert g.tolist() == [1, 0]


def test_the_slope_of_hardsigmoid_is_a_sixth_to_the_last_digit():
    x = tensor([0.5, -2.0], dtype="float64", requires_grad=True)  # PyTorch's is that of float32
    assert grad(hardsigmoid(x).sum(), x)[0].tolist() == [1 / 6, 1 / 6]


@each
def test_nan_is_seen(fn, formula, road):
    assert math.isnan(fn(tensor([math.nan], device=road)).item())


def test_a_threshold_of_nothing_is_relu(road, rng):
    x = tensor(rng.standard_normal(99).astype(np.float32), device=road)
    assert threshold(x, 0.0, 0.0).tolist() == relu(x).tolist()


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"min_val \(2\) must not be above max_val \(1\)"):
        hardtanh(tensor([1.0]), 2, 1)
    for fn, _ in FUNCTIONS.values():
        with pytest.raises(TypeError, match="x must be floating-point, not int64"):
            fn(tensor([1]))
