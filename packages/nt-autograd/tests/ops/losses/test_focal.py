"""focal_loss and sigmoid_focal_loss: without focus cross-entropy, by hand, at certainty."""

import math

import numpy as np
import pytest
from nt_autograd import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    focal_loss,
    grad,
    gradcheck,
    gradgradcheck,
    sigmoid_focal_loss,
    tensor,
)

REDUCTIONS = ["mean", "sum", "none"]
each_reduction = pytest.mark.parametrize("reduction", REDUCTIONS)


def case(rng, shape=(6, 4)):
    target = rng.integers(0, 4, (shape[0], *shape[2:]))
    target.flat[1] = -100
    return rng.standard_normal(shape) * 3, target, rng.uniform(0.5, 2, 4)


@each_reduction
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(6, 4), (2, 4, 3, 2)])
def test_without_focus_it_is_cross_entropy(reduction, weighted, shape, road, rng):
    x, target, w = case(rng, shape)
    t = tensor(x, dtype="float32", device=road, requires_grad=True)
    y, weight = tensor(target, device=road), tensor(w, device=road) if weighted else None
    found = focal_loss(t, y, weight, 0.0, reduction=reduction)
    right = cross_entropy(t, y, weight, reduction=reduction)
    np.testing.assert_allclose(found.detach().numpy(), right.detach().numpy(), rtol=2e-6)
    (g,), (h,) = grad(found.sum(), t), grad(right.sum(), t)
    np.testing.assert_allclose(g.numpy(), h.numpy(), atol=1e-6)


@each_reduction
def test_without_focus_and_balance_it_is_binary_cross_entropy(reduction, road, rng):
    x, y = rng.standard_normal(20) * 9, rng.uniform(size=20)
    args = [tensor(a, dtype="float32", device=road) for a in (x, y)]
    found = sigmoid_focal_loss(*args, -1, 0.0, reduction)
    right = binary_cross_entropy_with_logits(*args, reduction=reduction)
    np.testing.assert_allclose(found.numpy(), right.numpy(), rtol=1e-6)


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0, 5.0])
def test_by_hand(gamma, road, rng):
    x, target, w = case(rng)
    p = np.exp(x) / np.exp(x).sum(1, keepdims=True)
    p = p[np.arange(6), target.clip(0)]
    counts = np.where(target < 0, 0, w[target.clip(0)])
    losses = -counts * (1 - p) ** gamma * np.log(p)
    t, y = tensor(x, dtype="float32", device=road), tensor(target, device=road)
    weight = tensor(w, device=road)
    found = focal_loss(t, y, weight, gamma, reduction="none").numpy()
    np.testing.assert_allclose(found, losses, rtol=1e-5, atol=1e-6)
    mean = focal_loss(t, y, weight, gamma).item()
    assert mean == pytest.approx(losses.sum() / counts.sum(), rel=1e-5)
    z, yes = x[:, 0], (target > 1).astype(float)
    p = 1 / (1 + np.exp(-z))
    p = np.where(yes == 1, p, 1 - p)
    losses = -np.where(yes == 1, 0.3, 0.7) * (1 - p) ** gamma * np.log(p)
    args = [tensor(a, dtype="float32", device=road) for a in (z, yes)]
    found = sigmoid_focal_loss(*args, 0.3, gamma, "none").numpy()
    np.testing.assert_allclose(found, losses, rtol=2e-4, atol=1e-7)


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0])
def test_certainty_costs_nothing_and_has_finite_gradients(gamma, road):
    x = tensor([[1e4, 0.0], [0.0, 1e4], [40.0, 0.0]], device=road, requires_grad=True)
    y = focal_loss(x, tensor([0, 0, 0], device=road), None, gamma, reduction="none")
    assert y.tolist()[:2] == [0.0, 1e4]
    (g,) = grad(y.sum(), x)
    np.testing.assert_allclose(g.numpy(), [[0, 0], [-1, 1], [0, 0]], atol=1e-6)
    z = tensor([1e4, -1e4, 1e4], device=road, requires_grad=True)
    y = sigmoid_focal_loss(z, tensor([1.0, 0.0, 0.0], device=road), -1, gamma, "none")
    assert y.tolist() == [0.0, 0.0, 1e4]
    np.testing.assert_allclose(grad(y.sum(), z)[0].numpy(), [0.0, 0.0, 1.0], atol=1e-6)


def test_two_classes_are_one_logit(rng):
    x, y = rng.standard_normal((9, 2)) * 3, rng.integers(0, 2, 9)
    two = focal_loss(tensor(x), tensor(y), reduction="none").numpy()
    yes = tensor(y.astype(float))
    one = sigmoid_focal_loss(tensor(x[:, 1] - x[:, 0]), yes, -1, 2.0, "none").numpy()
    np.testing.assert_allclose(one, two, rtol=1e-9)


def test_derivatives_and_reductions(derivatives, reduces, rng):
    x, target, w = case(rng, (4, 4))
    y, weight = tensor(target), tensor(w)
    for gamma in (0.0, 0.5, 2.0):
        derivatives(lambda x, reduction, g=gamma: focal_loss(x, y, weight, g, -100, reduction), x)
    z, q = rng.standard_normal((4, 2)), rng.uniform(size=(4, 2))
    derivatives(lambda x, y, reduction: sigmoid_focal_loss(x, y, reduction=reduction), z, q)
    reduces(lambda x, y, reduction="mean": sigmoid_focal_loss(x, y, reduction=reduction), z, q)
    reduces(lambda x, y, reduction="mean": focal_loss(x, y, reduction=reduction), x, target.clip(0))
    t = tensor(x, requires_grad=True)
    assert gradcheck(lambda x: focal_loss(x, y), t)
    assert gradgradcheck(lambda x: focal_loss(x, y), t)


@each_reduction
def test_every_library_goes_the_same_way(reduction, road, agree, rng):
    x, target, _ = case(rng)
    agree(
        lambda x: focal_loss(x, tensor(target, device=x.device), reduction=reduction),
        x,
        device=road,
        limit=1e-5,
    )
    z, q = rng.standard_normal((4, 9)), rng.uniform(size=(4, 9))
    agree(lambda *a: sigmoid_focal_loss(*a, reduction=reduction), z, q, device=road, limit=1e-5)


def test_a_mean_over_nothing_is_not_a_number():
    x = tensor(np.zeros((2, 3)), requires_grad=True)
    assert math.isnan(focal_loss(x, tensor([-100, -100])).item())
    assert focal_loss(x, tensor([-100, -100]), reduction="sum").item() == 0.0


def test_what_does_not_fit_is_named():
    x = tensor([[0.0, 1.0]])
    with pytest.raises(ValueError, match="gamma must not be negative, got -1"):
        focal_loss(x, tensor([0]), gamma=-1)
    with pytest.raises(ValueError, match=r"alpha must lie in \[0, 1\], got 2"):
        sigmoid_focal_loss(x, x, alpha=2)
    with pytest.raises(ValueError, match=r"targets must have the shape of inputs, \(1, 2\), got"):
        sigmoid_focal_loss(x, x[0])
    with pytest.raises(TypeError, match="target must hold integers"):
        focal_loss(x, x)
    with pytest.raises(IndexError, match="target 2 at position 0 is no class"):
        focal_loss(x, tensor([2]))
