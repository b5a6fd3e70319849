"""Numbers times their own gates: against formulas in float64, far out, learned, twice derived."""

import math

import numpy as np
import pytest
from nt_autograd import (
    gelu,
    grad,
    gradcheck,
    gradgradcheck,
    mish,
    quick_gelu,
    relu,
    silu,
    swish,
    tensor,
)

FUNCTIONS = {
    "silu": (silu, lambda x: x / (1 + math.exp(-x))),
    "swish 3": (lambda x: swish(x, 3.0), lambda x: x / (1 + math.exp(-3 * x))),
    "swish -0.5": (lambda x: swish(x, -0.5), lambda x: x / (1 + math.exp(x / 2))),
    "quick_gelu": (quick_gelu, lambda x: x / (1 + math.exp(-1.702 * x))),
    "mish": (mish, lambda x: x * math.tanh(math.log1p(math.exp(x)))),
}
each = pytest.mark.parametrize(("fn", "formula"), FUNCTIONS.values(), ids=list(FUNCTIONS))


@each
def test_it_is_its_formula_everywhere(fn, formula, elementwise):
    elementwise(fn, formula, -6, 6)


@each
def test_both_derivatives_agree_with_differences(fn, formula, rng):
    for scale in (1.0, 8.0):
        x = tensor(rng.standard_normal((2, 3, 4)) * scale, requires_grad=True)
        assert gradcheck(fn, x)
        assert gradgradcheck(fn, x)


@each
def test_large_arrays_in_any_layout_are_right_too(fn, formula, road, agree, rng):
    agree(fn, rng.standard_normal((3, 70001)) * 4, device=road)
    agree(lambda x: fn(x.permute((2, 0, 1))), rng.standard_normal((40, 50, 60)) * 4, device=road)


@pytest.mark.parametrize("fn", [silu, quick_gelu, mish])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("far", [1e3, 5e4])
def test_far_out_it_is_the_number_or_minus_nothing(fn, dtype, far, road):
    x = tensor([far, -far], dtype=dtype, device=road, requires_grad=True)
    y = fn(x)
    assert y.tolist() == [x[0].item(), 0.0]
    assert math.copysign(1, y[1].item()) == -1
    assert grad(y.sum(), x)[0].tolist() == [1, 0]


@pytest.mark.parametrize("fn", [silu, mish])
def test_the_ends_of_float32_do_not_overflow(fn, road):
    x = tensor([3e38, -3e38], device=road, requires_grad=True)
    y = fn(x)
    assert y.tolist() == [x[0].item(), 0.0]
    assert grad(y.sum(), x)[0].tolist() == [1, 0]


@each
def test_the_left_tail_keeps_its_digits(fn, formula, road):
    x = np.linspace(-25, -5, 201).astype(np.float32)
    right = [formula(float(v)) for v in x]
    np.testing.assert_allclose(fn(tensor(x, device=road)).numpy(), right, rtol=2e-5)


@pytest.mark.parametrize("fn", [silu, quick_gelu, mish])
def test_infinity_stays_and_nan_is_seen(fn, road):
    with np.errstate(invalid="ignore"):
        y = fn(tensor([math.inf, math.nan], device=road)).numpy()
    assert y[0] == math.inf
    assert math.isnan(y[1])


def test_swish_lies_between_half_a_line_and_the_rectifier(road, rng):
    x = tensor(rng.standard_normal(99).astype(np.float32), device=road)
    np.testing.assert_allclose(swish(x, 0.0).numpy(), x.numpy() / 2, rtol=1e-6)
    np.testing.assert_allclose(swish(x, 1e4).numpy(), relu(x).numpy(), atol=1e-4)
    np.testing.assert_allclose(swish(x, 1.0).numpy(), silu(x).numpy(), rtol=1e-6)


def test_a_beta_that_learns_gives_the_same_and_has_a_gradient(road, agree, rng):
    x, beta = rng.standard_normal((2, 5, 3))
    agree(swish, x, beta, device=road)
    agree(swish, x, beta[:1, :1], device=road, limit=1e-5)
    fixed = swish(tensor(x), 0.7).numpy()
    np.testing.assert_allclose(swish(tensor(x), tensor(0.7)).numpy(), fixed, rtol=2e-7)
    inputs = [tensor(a, requires_grad=True) for a in (x, beta)]
    assert gradcheck(swish, *inputs)
    assert gradgradcheck(swish, *inputs)


def test_quick_gelu_is_near_gelu(rng):
    x = tensor(np.linspace(-8, 8, 1601))
    off = np.abs(quick_gelu(x).numpy() - gelu(x).numpy())
    assert 1e-3 < off.max() < 0.0205


def test_silu_less_its_mirror_is_the_number(rng):
    x = rng.standard_normal(500) * 20
    both = silu(tensor(x)) - silu(tensor(-x))  # x s(x) + x s(-x) = x
    np.testing.assert_allclose(both.numpy(), x, rtol=1e-14)


def test_what_does_not_fit_is_named():
    for fn in (mish, quick_gelu, lambda x: swish(x, 2.0)):
        with pytest.raises(TypeError, match="x must be floating-point, not int64"):
            fn(tensor([1]))
    assert str(silu(tensor([1, 2])).dtype) == "float32"
