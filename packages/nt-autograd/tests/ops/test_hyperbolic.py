"""Hyperbolic functions against the C library's, which Python's math has."""

import math

import numpy as np
import pytest
from nt_autograd import acosh, asinh, atanh, cosh, gradcheck, gradgradcheck, sinh, tanh, tensor

FUNCTIONS = [
    (sinh, math.sinh, -3, 3),
    (cosh, math.cosh, -3, 3),
    (tanh, math.tanh, -3, 3),
    (asinh, math.asinh, -9, 9),
    (acosh, math.acosh, 1.2, 9),
    (atanh, math.atanh, -0.9, 0.9),
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


def test_far_out_the_tangent_is_one_and_flat(road):
    x = tensor([1e4, -1e4, math.inf], device=road, requires_grad=True)
    y = tanh(x)
    assert y.tolist() == [1, -1, 1]
    y.sum().backward()
    assert x.grad.tolist() == [0, 0, 0]


def test_the_inverses_are_inverse(rng):
    x = tensor(rng.uniform(0.1, 2, 50))
    for there, back in ((sinh, asinh), (cosh, acosh), (tanh, atanh)):
        np.testing.assert_allclose(back(there(x)).numpy(), x.numpy(), rtol=1e-12)
