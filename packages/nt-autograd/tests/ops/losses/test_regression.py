"""mse_loss, l1_loss, smooth_l1_loss, huber_loss: by hand, related to each other, far out."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_autograd import (
    grad,
    gradcheck,
    gradgradcheck,
    huber_loss,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
    tensor,
)

FORMULAS = {
    mse_loss: lambda d: d * d,
    l1_loss: abs,
    smooth_l1_loss: lambda d: d * d / 2 if abs(d) < 1 else abs(d) - 0.5,
    huber_loss: lambda d: d * d / 2 if abs(d) < 1 else abs(d) - 0.5,
}
each_loss = pytest.mark.parametrize("loss", FORMULAS)
WEIGHTED = [mse_loss, l1_loss, huber_loss]


def pair(rng, *shape):
    return rng.standard_normal(shape) * 2, rng.standard_normal(shape) * 2


@each_loss
@pytest.mark.parametrize("shape", [(), (1,), (3, 5), (2, 3, 4)])
def test_it_is_the_formula(loss, shape, rng):
    x, y = pair(rng, *shape)
    right = np.vectorize(FORMULAS[loss])(x - y)
    found = loss(tensor(x), tensor(y), reduction="none")
    np.testing.assert_allclose(found.numpy(), right, rtol=1e-13, atol=1e-15)
    assert loss(tensor(x), tensor(y)).item() == pytest.approx(right.mean(), rel=1e-13)


@each_loss
def test_its_reductions(loss, reduces, rng):
    reduces(loss, *pair(rng, 4, 3))


@each_loss
def test_both_derivatives_agree_with_differences(loss, derivatives, rng):
    derivatives(loss, *pair(rng, 3, 4))


@each_loss
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_every_library_goes_the_same_way(loss, reduction, road, agree, rng):
    x, y = pair(rng, 67, 130)

    def run(x, y):
        return loss(x, y, reduction=reduction)

    agree(run, x, y, device=road, limit=5e-6)
    agree(lambda x, y: run(x.transpose(0, 1)[::2], y.transpose(0, 1)[::2]), x, y, device=road)
    agree(run, x[0, :7], y[0, :7], device=road, dtype="float16", limit=2e-2)


@pytest.mark.parametrize("loss", WEIGHTED)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_a_weighted_mean_divides_by_the_weights(loss, reduction, rng):
    x, y = pair(rng, 4, 3)
    w = rng.uniform(0.1, 2, (4, 3))
    losses = np.vectorize(FORMULAS[loss])(x - y) * w
    right = {"none": losses, "sum": losses.sum(), "mean": losses.sum() / w.sum()}[reduction]
    t = tensor(x, requires_grad=True)

    def run(x):
        return loss(x, tensor(y), reduction=reduction, weight=tensor(w))

    np.testing.assert_allclose(run(t).detach().numpy(), right, rtol=1e-13)
    assert gradcheck(run, t)
    assert gradgradcheck(run, t)
    with pytest.raises(ValueError, match=r"weight must have the shape of input, \(4, 3\), got"):
        loss(t, tensor(y), weight=tensor(w[0]))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9),
    st.floats(1e-3, 1e3),
)
def test_huber_is_beta_times_smooth_l1(far, beta):
    x, zero = tensor(np.array(far)), tensor(np.zeros(len(far)))
    huber = huber_loss(x, zero, "none", delta=beta).numpy()
    smooth = smooth_l1_loss(x, zero, "none", beta=beta).numpy()
    np.testing.assert_allclose(huber, beta * smooth, rtol=1e-12, atol=1e-300)
    absolute = l1_loss(x, zero, "none").numpy()
    assert (smooth <= absolute).all()
    assert (absolute - smooth <= beta / 2 * (1 + 1e-9) + 1e-9 * absolute).all()


def test_smooth_l1_without_a_parabola_is_l1(rng):
    x, y = map(tensor, pair(rng, 5))
    assert smooth_l1_loss(x, y, beta=0.0).item() == l1_loss(x, y).item()


def test_huber_near_and_far_meet(rng):
    at = tensor([-2.0, 2.0, 0.0], dtype="float64", requires_grad=True)
    y = huber_loss(at, tensor(np.zeros(3)), "sum", delta=2.0)
    (g,) = grad(y, at)
    assert y.item() == 4.0
    assert g.tolist() == [-2.0, 2.0, 0.0]


@pytest.mark.parametrize("loss", [l1_loss, smooth_l1_loss, huber_loss])
def test_far_out_the_gradient_stays_one(loss, road):
    x = tensor([1e30, -1e30, 3e38, math.inf], device=road, requires_grad=True)
    y = loss(x, tensor([0.0] * 4, device=road), reduction="sum")
    (g,) = grad(y, x)
    assert y.item() == math.inf
    assert g.tolist() == [1.0, -1.0, 1.0, 1.0]


def test_equal_numbers_cost_nothing_and_stand_still(road):
    for loss in FORMULAS:
        x = tensor([1e10, -3.0, 0.0], device=road, requires_grad=True)
        y = loss(x, x.detach())
        assert y.item() == 0.0
        assert grad(y, x)[0].tolist() == [0.0] * 3


@each_loss
def test_both_sides_are_moved_against_each_other(loss, road, rng):
    xs = [tensor(a, dtype="float32", device=road, requires_grad=True) for a in pair(rng, 4, 5)]
    g, h = grad(loss(*xs), xs)
    np.testing.assert_array_equal(g.numpy(), -h.numpy())
    assert abs(g.numpy()).max() > 0


def test_many_small_errors_are_not_lost(bodies):
    x = tensor(np.full((1 << 20) + 3, 1e-3, np.float32))
    found = mse_loss(x, tensor(np.zeros((1 << 20) + 3, np.float32))).item()
    assert found == pytest.approx(1e-6, rel=4e-6)


def test_squares_of_half_precision_are_added_in_float32(road):
    x = tensor(np.full(1000, 100.0), dtype="float16", device=road, requires_grad=True)
    y = mse_loss(x, tensor(np.zeros(1000), dtype="float16", device=road))
    assert y.item() == pytest.approx(1e4, rel=1e-3)  # their sum is 1e7
    assert str(grad(y, x)[0].dtype) == "float16"


def test_nan_is_not_hidden(road):
    x = tensor([1.0, math.nan], device=road)
    for loss in FORMULAS:
        assert math.isnan(loss(x, x * 0 + 1).item())


def test_what_does_not_fit_is_named():
    x = tensor([1.0, 2.0])
    with pytest.raises(ValueError, match=r"target must have the shape of input, \(2,\), got \(1,"):
        mse_loss(x, tensor([1.0]))
    with pytest.raises(ValueError, match="delta must be positive, got 0"):
        huber_loss(x, x, delta=0)
    with pytest.raises(ValueError, match="beta must not be negative, got -1"):
        smooth_l1_loss(x, x, beta=-1)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("kind", ["mse", "l1", "smooth_l1", "huber"])
def test_it_is_pytorchs(kind, reduction, is_pytorchs, bodies):
    is_pytorchs(f"{kind}_{reduction}")
