"""Squashing functions: against their formulas, in their tails, far out, at the step."""

import math
import weakref

import numpy as np
import pytest
from nt_autograd import (
    arctan,
    binary_step,
    gaussian,
    grad,
    gradcheck,
    gradgradcheck,
    relu,
    sigmoid,
    softsign,
    tensor,
)

FUNCTIONS = [
    (sigmoid, lambda x: 1 / (1 + math.exp(-x)), -6, 6),
    (arctan, math.atan, -6, 6),
    (softsign, lambda x: x / (1 + abs(x)), -6, 6),
    (gaussian, lambda x: math.exp(-x * x), -3, 3),
    (binary_step, lambda x: float(x >= 0), -3, 3),
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


@each
def test_large_arrays_are_right_too(fn, formula, low, high, road, agree, rng):
    agree(fn, rng.standard_normal((3, 70001)) * 3, device=road)
    agree(lambda x: fn(x.transpose(0, 1)), rng.standard_normal((300, 301)) * 3, device=road)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_far_out_nothing_overflows(dtype, road):
    x = tensor([5e4, -5e4], dtype=dtype, device=road, requires_grad=True)
    for fn, ends in ((sigmoid, [1, 0]), (gaussian, [0, 0]), (binary_step, [1, 0])):
        y = fn(x)
        assert y.tolist() == ends
        assert grad(y.sum(), x)[0].tolist() == [0, 0]


def test_the_ends_of_float32(road):
    x = tensor([3e38, -3e38, math.inf, -math.inf], device=road, requires_grad=True)
    assert sigmoid(x).tolist() == [1, 0, 1, 0]
    assert gaussian(x).tolist() == [0, 0, 0, 0]
    assert grad(gaussian(x).sum(), x)[0].tolist() == [0, 0, 0, 0]
    assert binary_step(x).tolist() == [1, 0, 1, 0]
    with np.errstate(invalid="ignore"):  # of infinities it makes NaN, as PyTorch's does
        y = softsign(x).detach().numpy()
    assert y[:2].tolist() == [1, -1]
    assert np.isnan(y[2:]).all()


def test_both_tails_of_the_sigmoid_keep_their_digits(road):
    x = np.linspace(-80, 15, 1001).astype(np.float32)
    right = [math.exp(v) / (1 + math.exp(v)) for v in x.astype(float)]
    np.testing.assert_allclose(sigmoid(tensor(x, device=road)).numpy(), right, rtol=4e-6)


def test_it_and_its_mirror_sum_to_one(rng):
    x = rng.standard_normal(1000) * 10
    total = sigmoid(tensor(x)) + sigmoid(tensor(-x))
    np.testing.assert_allclose(total.numpy(), 1, rtol=1e-15)


@pytest.mark.parametrize("fn", [sigmoid, relu])
def test_only_the_output_is_kept(fn, rng):
    x = tensor(rng.standard_normal(9), requires_grad=True)
    between = x * 2.0
    kept, y = weakref.ref(between.data), fn(between)
    del between
    assert kept() is None
    y.sum().backward()
    assert x.grad.shape == (9,)


def test_a_step_is_one_from_zero_on_and_passes_no_gradient(road):
    x = tensor([-1e-30, -0.0, 0.0, 1e-30, math.nan], device=road, requires_grad=True)
    y = binary_step(x)
    assert y[:4].tolist() == [0, 1, 1, 1]
    assert math.isnan(y[4].item())
    assert grad(y, x, tensor([7.0] * 5, device=road))[0].tolist() == [0] * 5


@each
def test_nan_is_seen(fn, formula, low, high, road):
    assert math.isnan(fn(tensor([math.nan], device=road)).item())


def test_what_does_not_fit_is_named():
    for fn in (softsign, gaussian, binary_step):
        with pytest.raises(TypeError, match="x must be floating-point, not int64"):
            fn(tensor([1]))
