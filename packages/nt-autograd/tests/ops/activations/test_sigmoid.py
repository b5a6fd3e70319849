"""sigmoid and silu: against their formulas, and far out where exponentials overflow."""

import math

import numpy as np
import pytest
from nt_autograd import gradcheck, gradgradcheck, sigmoid, silu, tensor

FUNCTIONS = [
    (sigmoid, lambda x: 1 / (1 + math.exp(-x)), -6, 6),
    (silu, lambda x: x / (1 + math.exp(-x)), -6, 6),
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


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_far_out_nothing_overflows(dtype, road):
    x = tensor([5e4, -5e4], dtype=dtype, device=road, requires_grad=True)
    assert sigmoid(x).tolist() == [1, 0]
    np.testing.assert_array_equal(silu(x).detach().numpy(), x.detach().numpy() * [1, 0])
    silu(x).sum().backward()
    assert x.grad.tolist() == [1, 0]


def test_it_and_its_mirror_sum_to_one(rng):
    x = rng.standard_normal(1000) * 10
    total = sigmoid(tensor(x)) + sigmoid(tensor(-x))
    np.testing.assert_allclose(total.numpy(), 1, rtol=1e-15)
