"""Trigonometric functions against the C library's, which Python's math has."""

import math

import numpy as np
import pytest
from nt_autograd import (
    acos,
    asin,
    atan,
    atan2,
    cos,
    grad,
    gradcheck,
    gradgradcheck,
    sin,
    tan,
    tensor,
)

FUNCTIONS = [
    (sin, math.sin, -6, 6),
    (cos, math.cos, -6, 6),
    (tan, math.tan, -1.3, 1.3),
    (asin, math.asin, -0.9, 0.9),
    (acos, math.acos, -0.9, 0.9),
    (atan, math.atan, -5, 5),
]
each = pytest.mark.parametrize(
    ("fn", "formula", "low", "high"), FUNCTIONS, ids=[f[0].__name__ for f in FUNCTIONS]
)


@each
def test_it_is_the_c_librarys_function_everywhere(fn, formula, low, high, elementwise):
    elementwise(fn, formula, low, high, limit=5e-6)


@each
def test_both_derivatives_agree_with_differences(fn, formula, low, high, rng):
    x = tensor(rng.uniform(low, high, (2, 3)), requires_grad=True)
    assert gradcheck(fn, x)
    assert gradgradcheck(fn, x)


def test_the_angle_of_a_point_is_right_in_every_quadrant(road, agree, rng):
    angle = np.linspace(-3.1, 3.1, 24)
    y, x = np.sin(angle) * 3, np.cos(angle) * 3
    np.testing.assert_allclose(atan2(tensor(y), tensor(x)).numpy(), angle, rtol=1e-13)
    agree(atan2, y, x, device=road, limit=5e-6)
    agree(atan2, y[:, None], x, device=road, limit=5e-6)
    agree(lambda a: atan2(a, 2.0) + atan2(0.5, a), y, device=road, limit=5e-6)


def test_the_angle_has_both_derivatives(rng):
    a, b = (tensor(rng.uniform(0.3, 2, (2, 3)), requires_grad=True) for _ in range(2))
    assert gradcheck(atan2, a, -b)
    assert gradgradcheck(atan2, a, b)


def test_the_ends_of_the_inverses_have_infinite_slopes(road):
    x = tensor([1.0, -1.0], device=road, requires_grad=True)
    with np.errstate(divide="ignore"):
        (g,) = grad(asin(x).sum(), x)
    assert g.tolist() == [math.inf, math.inf]
