"""hinge_loss and soft_margin_loss: by hand, at the margin, far out."""

import math

import numpy as np
import pytest
from nt_autograd import (
    binary_cross_entropy_with_logits,
    grad,
    gradcheck,
    gradgradcheck,
    hinge_loss,
    soft_margin_loss,
    tensor,
)

REDUCTIONS = ["mean", "sum", "none"]
each_reduction = pytest.mark.parametrize("reduction", REDUCTIONS)


def signs(rng, *shape):
    return rng.choice([-1, 1], shape)


@each_reduction
@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("margin", [1.0, 0.3])
@pytest.mark.parametrize("dtype", ["int64", "int8", "float32"])
def test_hinge_by_hand(reduction, squared, margin, dtype, road, rng):
    x, y = rng.standard_normal((4, 5)), signs(rng, 4, 5)
    losses = np.vectorize(lambda x, y: max(0.0, margin - y * x) ** (2 if squared else 1))(x, y)
    right = {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]
    t = tensor(x, dtype="float32", device=road)
    found = hinge_loss(t, tensor(y.astype(dtype), device=road), margin, squared, reduction)
    assert str(found.dtype) == "float32"
    np.testing.assert_allclose(found.numpy(), right, rtol=1e-5, atol=1e-6)


def test_beyond_the_margin_nothing_moves(road):
    x = tensor([3.0, -3.0, 0.5, 1e30, -1e30], device=road, requires_grad=True)
    y = tensor([1, -1, 1, 1, 1], device=road)
    loss = hinge_loss(x, y, reduction="sum")
    (g,) = grad(loss, x)
    assert g.tolist() == [0.0, 0.0, -1.0, 0.0, -1.0]


@each_reduction
def test_soft_margin_is_binary_cross_entropy_of_signs(reduction, road, rng):
    x, y = rng.standard_normal((4, 5)) * 40, signs(rng, 4, 5)
    t = tensor(x, dtype="float32", device=road)
    found = soft_margin_loss(t, tensor(y, device=road), reduction)
    yes = tensor((y > 0).astype(np.float32), device=road)
    right = binary_cross_entropy_with_logits(t, yes, reduction=reduction)
    np.testing.assert_allclose(found.numpy(), right.numpy(), rtol=1e-5, atol=1e-30)


def test_far_out_soft_margins_are_exact(road):
    x = tensor([1e4, -1e4, 3e38], device=road, requires_grad=True)
    loss = soft_margin_loss(x, tensor([1, 1, -1], device=road), "none")
    np.testing.assert_allclose(loss.tolist(), [0.0, 1e4, 3e38], rtol=1e-6)
    (g,) = grad(loss.sum(), x)
    assert g.tolist() == [0.0, -1.0, 1.0]
    small = soft_margin_loss(tensor([40.0], device=road), tensor([1], device=road)).item()
    assert small == pytest.approx(math.exp(-40), rel=1e-5)


def test_derivatives_and_reductions(derivatives, reduces, rng):
    x, y = rng.standard_normal((4, 3)), signs(rng, 4, 3)
    sign = tensor(y)
    for fn in (
        soft_margin_loss,
        hinge_loss,
        lambda x, y, reduction="mean": hinge_loss(x, y, 2.0, True, reduction),
    ):
        derivatives(lambda x, reduction, fn=fn: fn(x, sign, reduction=reduction), x)
        reduces(fn, x, y)
    t = tensor(x, requires_grad=True)
    assert gradcheck(lambda x: hinge_loss(x, sign), t)
    assert gradgradcheck(lambda x: soft_margin_loss(x, sign), t)


@each_reduction
def test_every_library_goes_the_same_way(reduction, road, agree, rng):
    x, y = rng.standard_normal((9, 33)) * 3, signs(rng, 9, 33)

    def near(fn):
        return lambda x: fn(x, tensor(y, device=x.device), reduction=reduction)

    for fn in (hinge_loss, soft_margin_loss):
        agree(near(fn), x, device=road, limit=5e-6)
        agree(near(fn), x, device=road, dtype="float16", limit=2e-2)


def test_what_does_not_fit_is_named():
    x = tensor([1.0, 2.0])
    for loss in (hinge_loss, soft_margin_loss):
        with pytest.raises(ValueError, match="target must hold 1 and -1, got 0 at position 1"):
            loss(x, tensor([1, 0]))
        with pytest.raises(ValueError, match=r"target must have the shape of input, \(2,\), got"):
            loss(x, tensor([[1, 1]]))
    with pytest.raises(ValueError, match="margin must be positive, got 0"):
        hinge_loss(x, tensor([1, 1]), margin=0)


@each_reduction
def test_it_is_pytorchs(reduction, is_pytorchs):
    is_pytorchs(f"soft_margin_{reduction}")
