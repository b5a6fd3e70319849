"""Exponential linear units: the kink, tiny numbers, far out, and SELU's fixed point."""

import math

import numpy as np
import pytest
from nt_autograd import celu, elu, grad, gradcheck, gradgradcheck, selu, tensor
from nt_tensor import Generator

ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805
FUNCTIONS = {
    "elu": (elu, lambda x: x if x > 0 else math.expm1(x)),
    "elu 2.5": (lambda x: elu(x, 2.5), lambda x: x if x > 0 else 2.5 * math.expm1(x)),
    "elu -1": (lambda x: elu(x, -1.0), lambda x: x if x > 0 else -math.expm1(x)),
    "selu": (selu, lambda x: SCALE * (x if x > 0 else ALPHA * math.expm1(x))),
    "celu 2": (lambda x: celu(x, 2.0), lambda x: x if x > 0 else 2 * math.expm1(x / 2)),
    "celu 0.3": (lambda x: celu(x, 0.3), lambda x: x if x > 0 else 0.3 * math.expm1(x / 0.3)),
}
each = pytest.mark.parametrize(("fn", "formula"), FUNCTIONS.values(), ids=list(FUNCTIONS))


@each
def test_it_is_its_formula_everywhere(fn, formula, elementwise):
    elementwise(fn, formula, -6, 3)


@each
def test_both_derivatives_agree_with_differences(fn, formula, rng):
    x = rng.uniform(0.1, 4, (2, 3, 4)) * rng.choice([-1, 1], (2, 3, 4))  # not at the kink
    assert gradcheck(fn, tensor(x, requires_grad=True))
    assert gradgradcheck(fn, tensor(x, requires_grad=True))


@each
def test_near_zero_no_digit_is_lost(fn, formula, road):
    x = -np.geomspace(1e-20, 0.6, 500).astype(np.float32)
    right = np.array([formula(float(v)) for v in x])
    np.testing.assert_allclose(fn(tensor(x, device=road)).numpy(), right, rtol=4e-7)


@each
def test_large_arrays_are_right_too(fn, formula, road, agree, rng):
    agree(fn, rng.standard_normal((3, 70001)) * 5, device=road)


@pytest.mark.parametrize("far", [100.0, 1e4, 3e38, math.inf])
def test_far_out_it_saturates_or_is_a_line(far, road):
    x = tensor([far, -far], device=road, requires_grad=True)
    for fn, high, low in ((elu, 1.0, -1.0), (selu, SCALE, -SCALE * ALPHA), (celu, 1.0, -1.0)):
        y = fn(x)
        (g,) = grad(y.sum(), x)
        line = np.float32(far) * np.float32(high)
        np.testing.assert_allclose(y.detach().numpy(), [line, low], rtol=1e-6)
        np.testing.assert_allclose(g.numpy(), [high, 0], rtol=1e-6, atol=1e-37)


def test_at_zero_the_slope_is_that_of_the_left(road):
    x = tensor([0.0, -0.0], device=road, requires_grad=True)
    assert grad(elu(x, 0.25).sum(), x)[0].tolist() == [0.25, 0.25]
    assert grad(celu(x, 0.25).sum(), x)[0].tolist() == [1.0, 1.0]
    assert math.isnan(elu(tensor(math.nan, device=road)).item())


def test_the_slope_of_celu_is_right_to_the_last_digits():
    x = tensor(np.linspace(-3, 0, 50), requires_grad=True)  # PyTorch rounds alpha to float32 here
    (g,) = grad(celu(x, 0.7).sum(), x)
    np.testing.assert_allclose(g.numpy(), np.exp(x.detach().numpy() / 0.7), rtol=1e-14)


def test_mean_zero_and_variance_one_are_the_fixed_point_of_selu():
    x = np.linspace(-12, 12, 240001)
    share = np.exp(-x * x / 2)
    share /= share.sum()
    y = selu(tensor(x)).numpy()
    assert abs(float(y @ share)) < 1e-9
    assert abs(float(y * y @ share) - 1) < 1e-9


def test_layers_of_selu_keep_it_and_layers_of_elu_do_not():
    generator, n = Generator(0), 200
    kept, shrunk = (tensor(generator.normal((n, n), dtype="float64")) for _ in "ab")
    for _ in range(12):
        weight = tensor(generator.normal((n, n), std=n**-0.5, dtype="float64"))
        kept, shrunk = selu(kept @ weight), elu(shrunk @ weight)
    assert abs(kept.numpy().mean()) < 0.1
    assert 0.8 < kept.numpy().var() < 1.25
    assert shrunk.numpy().var() < 0.5


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match="alpha must not be 0"):
        celu(tensor([1.0]), 0.0)
    for fn in (elu, selu, celu):
        with pytest.raises(TypeError, match="x must be floating-point, not int64"):
            fn(tensor([1]))
