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
    for fn in (relu, leaky_relu, softplus, logsigmoid):
        assert math.isnan(fn(tensor(math.nan, device=road)).item())
        assert math.isnan(fn(tensor([math.nan, 1.0], device=road))[0].item())


def test_integers_are_rectified_as_integers_and_the_rest_is_refused(road):
    assert relu(tensor([-2, 3], device=road)).tolist() == [0, 3]
    for fn in (leaky_relu, softplus, logsigmoid):
        with pytest.raises(TypeError, match="x must be floating-point, not int64"):
            fn(tensor([1], device=road))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("far", [1e4, 3e38, math.inf])
def test_far_out_nothing_overflows(dtype, far, road):
    x = tensor([far, -far], dtype=dtype, device=road, requires_grad=True)
    y, z = softplus(x), logsigmoid(x)
    assert y.tolist() == [x[0].item(), 0]
    assert z.tolist() == [0, x[1].item()]
    assert grad(y, x, tensor([1.0, 1.0], dtype=dtype, device=road))[0].tolist() == [1, 0]
    assert grad(z, x, tensor([1.0, 1.0], dtype=dtype, device=road))[0].tolist() == [0, 1]
    assert softplus(x, 0.5).tolist() == y.tolist()


@pytest.mark.parametrize("fn", [softplus, logsigmoid])
def test_the_tail_keeps_its_digits(fn, road):
    x = np.linspace(-60, -1, 600).astype(np.float32)
    right = [math.log1p(math.exp(v)) for v in x.astype(float)]
    found = (
        softplus(tensor(x, device=road)) if fn is softplus else -logsigmoid(-tensor(x, device=road))
    )
    np.testing.assert_allclose(found.numpy(), right, rtol=5e-6)


def test_above_the_threshold_softplus_is_a_line():
    x = tensor([0.9, 1.0, 1.1], requires_grad=True)
    y = softplus(x, 2.0, 2.0)
    bent = [math.log(1 + math.exp(2 * v)) / 2 for v in (0.9, 1.0)]
    np.testing.assert_allclose(y.detach().numpy(), [*bent, 1.1], rtol=1e-6)
    slopes = [1 / (1 + math.exp(-2 * v)) for v in (0.9, 1.0)]
    np.testing.assert_allclose(grad(y.sum(), x)[0].numpy(), [*slopes, 1.0], rtol=1e-6)


def test_softplus_less_its_mirror_is_the_number(road, rng):
    x = tensor((rng.standard_normal(500) * 6).astype(np.float32), device=road)
    np.testing.assert_allclose(
        (softplus(x) - softplus(-x)).numpy(), x.numpy(), rtol=2e-6, atol=2e-6
    )


def test_large_masks_are_right_too(road, agree, rng):
    agree(relu, rng.standard_normal((200, 123)), device=road)
    for fn in (relu, softplus, logsigmoid, lambda x: leaky_relu(x, 0.2), leaky_relu):
        agree(fn, rng.standard_normal((3, 70001)) * 3, device=road)
        agree(lambda x, fn=fn: fn(x.transpose(0, 1)), rng.standard_normal((300, 301)), device=road)


def test_a_smaller_beta_is_a_softer_corner():
    x = np.linspace(-1, 1, 9)
    soft, hard = softplus(tensor(x), 1.0).numpy(), softplus(tensor(x), 100.0).numpy()
    assert np.all(soft >= hard)
    np.testing.assert_allclose(hard, np.maximum(x, 0), atol=0.01)
