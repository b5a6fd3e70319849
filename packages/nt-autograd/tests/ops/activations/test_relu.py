"""Rectifiers: at the kink, far out, and against their formulas."""

import math

import numpy as np
import pytest
from nt_autograd import (
    grad,
    gradcheck,
    gradgradcheck,
    leaky_relu,
    logsigmoid,
    relu,
    softplus,
    tensor,
)

FUNCTIONS = [
    (relu, lambda x: max(x, 0.0), -3, 3),
    (leaky_relu, lambda x: x if x > 0 else 0.01 * x, -3, 3),
    (softplus, lambda x: math.log(1 + math.exp(x)), -3, 3),
    (lambda x: softplus(x, 3.0), lambda x: math.log(1 + math.exp(3 * x)) / 3, -3, 3),
    (logsigmoid, lambda x: -math.log(1 + math.exp(-x)), -3, 3),
]
each = pytest.mark.parametrize(
    ("fn", "formula", "low", "high"), FUNCTIONS, ids=[f[0].__name__ for f in FUNCTIONS]
)


@each
def test_it_is_its_formula_everywhere(fn, formula, low, high, elementwise):
    elementwise(fn, formula, low, high)


@each
def test_both_derivatives_agree_with_differences(fn, formula, low, high, rng):
    x = tensor(rng.uniform(low, high, (2, 4)), requires_grad=True)
    assert gradcheck(fn, x)
    assert gradgradcheck(fn, x)


def test_at_the_kink_the_slope_is_that_of_the_left(road):
    x = tensor([0.0, -0.0], device=road, requires_grad=True)
    assert grad(relu(x).sum(), x)[0].tolist() == [0, 0]
    assert grad(leaky_relu(x, 0.25).sum(), x)[0].tolist() == [0.25, 0.25]


def test_what_is_cut_off_lets_nothing_through_not_even_an_infinity(road):
    x = tensor([-1.0, 1.0], device=road, requires_grad=True)
    (g,) = grad(relu(x), x, tensor([math.inf, 2.0], device=road))
    assert g.tolist() == [0, 2]


def test_nan_stays_nan(road):
    assert math.isnan(relu(tensor(math.nan, device=road)).item())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_far_out_nothing_overflows(dtype, road):
    x = tensor([1e4, -1e4], dtype=dtype, device=road)
    assert softplus(x).tolist() == [1e4, 0]
    assert logsigmoid(x).tolist() == [0, -1e4]


def test_large_masks_are_right_too(road, agree, rng):
    agree(relu, rng.standard_normal((200, 123)), device=road)
    agree(lambda x: leaky_relu(x, 0.2), rng.standard_normal((200, 123)), device=road)


def test_a_smaller_beta_is_a_softer_corner():
    x = np.linspace(-1, 1, 9)
    soft, hard = softplus(tensor(x), 1.0).numpy(), softplus(tensor(x), 100.0).numpy()
    assert np.all(soft >= hard)
    np.testing.assert_allclose(hard, np.maximum(x, 0), atol=0.01)
