"""Exponentials, logarithms and roots against the C library's, which Python's math has."""

import math

import numpy as np
import pytest
from nt_autograd import (
    exp,
    exp2,
    expm1,
    grad,
    gradcheck,
    gradgradcheck,
    log,
    log1p,
    log2,
    log10,
    reciprocal,
    rsqrt,
    sqrt,
    tensor,
)

FUNCTIONS = [
    (exp, math.exp, -4, 4),
    (exp2, lambda x: 2.0**x, -4, 4),
    (expm1, math.expm1, -4, 3),
    (log, math.log, 0.1, 50),
    (log1p, math.log1p, -0.9, 50),
    (log2, math.log2, 0.1, 50),
    (log10, math.log10, 0.1, 50),
    (sqrt, math.sqrt, 0.1, 50),
    (rsqrt, lambda x: 1 / math.sqrt(x), 0.1, 50),
    (reciprocal, lambda x: 1 / x, 0.2, 5),
    (reciprocal, lambda x: 1 / x, -5, -0.2),
]
each = pytest.mark.parametrize(
    ("fn", "formula", "low", "high"), FUNCTIONS, ids=[f[0].__name__ for f in FUNCTIONS]
)


@each
def test_it_is_the_c_librarys_function_everywhere(fn, formula, low, high, elementwise):
    elementwise(fn, formula, low, high)


@each
def test_both_derivatives_agree_with_differences(fn, formula, low, high, rng):
    x = tensor(rng.uniform(low, high, (2, 3)), requires_grad=True)
    assert gradcheck(fn, x)
    assert gradgradcheck(fn, x)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_far_out_they_are_zero_or_infinite(dtype, road):
    far = 1e4
    with np.errstate(all="ignore"):
        assert exp(tensor([far, -far], dtype=dtype, device=road)).tolist() == [math.inf, 0]
        assert exp2(tensor([far, -far], dtype=dtype, device=road)).tolist() == [math.inf, 0]
        assert expm1(tensor([-far], dtype=dtype, device=road)).tolist() == [-1]
        assert log(tensor([0.0, math.inf], dtype=dtype, device=road)).tolist() == [
            -math.inf,
            math.inf,
        ]
        assert math.isnan(log(tensor(-1.0, dtype=dtype, device=road)).item())
        assert math.isnan(sqrt(tensor(-1.0, dtype=dtype, device=road)).item())


def test_near_zero_nothing_is_lost(road):
    tiny = tensor([1e-8, -1e-8], device=road)
    np.testing.assert_allclose(expm1(tiny).numpy(), [1e-8, -1e-8], rtol=1e-5)
    np.testing.assert_allclose(log1p(tiny).numpy(), [1e-8, -1e-8], rtol=1e-5)


def test_a_root_has_an_infinite_slope_at_zero(road):
    x = tensor([0.0, 4.0], device=road, requires_grad=True)
    with np.errstate(divide="ignore"):
        (g,) = grad(sqrt(x), x, tensor([1.0, 1.0], device=road))
    assert g.tolist() == [math.inf, 0.25]


def test_the_logarithm_has_an_infinite_slope_at_zero(road):
    x = tensor([0.0, 4.0], device=road, requires_grad=True)
    with np.errstate(divide="ignore"):
        (g,) = grad(log(x), x, tensor([1.0, 1.0], device=road))
    assert g.tolist() == [math.inf, 0.25]


def test_the_exponential_is_its_own_derivative_any_number_of_times(road):
    x = tensor([0.5, -1.0], device=road, requires_grad=True)
    y = exp(x)
    for _ in range(4):
        (y,) = grad(y.sum(), x, create_graph=True)
        np.testing.assert_allclose(y.detach().numpy(), np.exp([0.5, -1.0]), rtol=1e-6)


@each
def test_integers_and_booleans_become_float32(fn, formula, low, high, road):
    for x in (tensor([1, 1], device=road), tensor([True, True], device=road)):
        assert str(fn(x).dtype) == "float32"
        np.testing.assert_allclose(fn(x).numpy(), [formula(1)] * 2, rtol=1e-6)
