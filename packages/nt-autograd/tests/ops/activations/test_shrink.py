"""What pulls towards zero: around the edges and far out."""

import math

import numpy as np
import pytest
from nt_autograd import (
    grad,
    gradcheck,
    gradgradcheck,
    hardshrink,
    softshrink,
    tanhshrink,
    tensor,
)

FUNCTIONS = {
    "softshrink": (softshrink, lambda x: math.copysign(max(abs(x) - 0.5, 0), x)),
    "softshrink 2": (lambda x: softshrink(x, 2), lambda x: math.copysign(max(abs(x) - 2, 0), x)),
    "hardshrink": (hardshrink, lambda x: x if abs(x) > 0.5 else 0.0),
    "hardshrink 2": (lambda x: hardshrink(x, 2), lambda x: x if abs(x) > 2 else 0.0),
    "tanhshrink": (tanhshrink, lambda x: x - math.tanh(x)),
}
each = pytest.mark.parametrize(("fn", "formula"), FUNCTIONS.values(), ids=list(FUNCTIONS))


@each
def test_it_is_its_formula_everywhere(fn, formula, elementwise):
    elementwise(fn, formula, -4, 4)


@each
def test_both_derivatives_agree_with_differences(fn, formula):
    x = tensor(np.linspace(-3.93, 3.71, 20).reshape(4, 5), requires_grad=True)  # off the edges
    assert gradcheck(fn, x)
    assert gradgradcheck(fn, x)


@each
def test_it_is_odd_and_large_arrays_are_right_too(fn, formula, road, agree, rng):
    x = rng.standard_normal((3, 70001)).astype(np.float32) * 2
    agree(fn, x, device=road)
    mirrored = fn(tensor(-x, device=road)).numpy()
    np.testing.assert_array_equal(mirrored, -fn(tensor(x, device=road)).numpy())


@pytest.mark.parametrize("fn", [softshrink, hardshrink])
def test_at_the_edges_nothing_passes(fn, road):
    x = tensor([-0.5, 0.0, 0.5], device=road, requires_grad=True)
    y = fn(x)
    assert y.tolist() == [0, 0, 0]
    assert grad(y.sum(), x)[0].tolist() == [0, 0, 0]


@each
@pytest.mark.parametrize("far", [1e4, 3e38, math.inf])
def test_far_out_it_is_a_line(fn, formula, far, road):
    x = tensor([far, -far], device=road, requires_grad=True)
    y = fn(x)
    np.testing.assert_allclose(y.detach().numpy(), [far, -far], rtol=3e-4)
    assert grad(y, x, tensor([1.0, 1.0], device=road))[0].tolist() == [1, 1]
    assert math.isnan(fn(tensor([math.nan], device=road)).item())


def test_without_a_width_nothing_shrinks(rng):
    x = rng.standard_normal(20)
    for fn in (softshrink, hardshrink):
        assert fn(tensor(x), 0.0).tolist() == x.tolist()


def test_softshrink_is_the_nearest_sparse_number(rng):
    x, grid = rng.standard_normal(20) * 2, np.linspace(-8, 8, 160001)
    best = [grid[np.argmin((grid - v) ** 2 / 2 + 0.5 * np.abs(grid))] for v in x]
    np.testing.assert_allclose(softshrink(tensor(x)).numpy(), best, atol=1e-4)


def test_what_does_not_fit_is_named():
    for wrong in (-0.1, math.nan):
        with pytest.raises(ValueError, match=r"lambd \(.*\) must not be negative"):
            softshrink(tensor([1.0]), wrong)
    for fn in (softshrink, hardshrink, tanhshrink):
        with pytest.raises(TypeError, match="x must be floating-point, not int64"):
            fn(tensor([1]))
