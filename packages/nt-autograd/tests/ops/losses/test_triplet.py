"""triplet_margin_loss and triplet_margin_with_distance_loss: by hand, swapped, satisfied."""

import numpy as np
import pytest
from nt_autograd import (
    cosine_similarity,
    grad,
    gradcheck,
    gradgradcheck,
    pairwise_distance,
    tensor,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)

REDUCTIONS = ["mean", "sum", "none"]
each_reduction = pytest.mark.parametrize("reduction", REDUCTIONS)


def triplet(rng, n=6, d=4):
    return [rng.standard_normal((n, d)) for _ in range(3)]


def distance(a, b, p, eps=1e-6):
    return sum(abs(x - y + eps) ** p for x, y in zip(a, b, strict=True)) ** (1 / p)


@each_reduction
@pytest.mark.parametrize("p", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("swap", [False, True])
def test_by_hand(reduction, p, swap, road, rng):
    xs = triplet(rng)
    losses = []
    for a, b, c in zip(*(x.tolist() for x in xs), strict=True):
        far = distance(a, c, p)
        far = min(far, distance(b, c, p)) if swap else far
        losses.append(max(0.0, distance(a, b, p) - far + 0.7))
    losses = np.array(losses)
    right = {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]
    ts = [tensor(x, dtype="float32", device=road) for x in xs]
    found = triplet_margin_loss(*ts, 0.7, p, swap=swap, reduction=reduction)
    np.testing.assert_allclose(found.numpy(), right, rtol=1e-5, atol=1e-5)


def test_swapped_it_does_not_matter_which_of_the_like_ones_is_the_anchor(rng):
    a, p, n = map(tensor, triplet(rng, 50))
    there = triplet_margin_loss(a, p, n, swap=True, eps=0.0, reduction="none").numpy()
    back = triplet_margin_loss(p, a, n, swap=True, eps=0.0, reduction="none").numpy()
    np.testing.assert_allclose(there, back, rtol=1e-12)
    plain = triplet_margin_loss(a, p, n, eps=0.0, reduction="none").numpy()
    assert (there >= plain).all()


def test_a_shift_and_a_turn_change_nothing(rng):
    xs = triplet(rng)
    turn, _ = np.linalg.qr(rng.standard_normal((4, 4)))
    there = triplet_margin_loss(*(tensor(x) for x in xs), eps=0.0).item()
    moved = triplet_margin_loss(*(tensor(x @ turn + 3) for x in xs), eps=0.0).item()
    assert moved == pytest.approx(there, rel=1e-12)


def test_satisfied_triplets_stand_still(road):
    a, p, n = (tensor([[x, 0.0]], device=road, requires_grad=True) for x in (0.0, 1.0, 5.0))
    y = triplet_margin_loss(a, p, n)
    assert y.item() == 0.0
    assert [g.tolist() for g in grad(y, [a, p, n])] == [[[0.0, 0.0]]] * 3


def test_equal_vectors_have_finite_gradients(road):
    a = tensor(np.ones((2, 3), np.float32), device=road, requires_grad=True)
    for eps in (0.0, 1e-6):
        y = triplet_margin_loss(a, a.detach(), a.detach(), eps=eps, swap=True)
        assert y.item() == pytest.approx(1.0)
        assert np.isfinite(grad(y, a)[0].numpy()).all()


def test_with_the_usual_distance_both_are_one(rng):
    ts = [tensor(x) for x in triplet(rng)]
    right = triplet_margin_loss(*ts, swap=True).item()
    assert triplet_margin_with_distance_loss(*ts, swap=True).item() == right
    found = triplet_margin_with_distance_loss(
        *ts, distance_function=lambda x, y: pairwise_distance(x, y, 1.0), margin=0.5
    )
    assert found.item() == triplet_margin_loss(*ts, 0.5, 1.0).item()


def test_derivatives_and_reductions(derivatives, reduces, rng):
    def by_angle(*xs, reduction="mean"):
        return triplet_margin_with_distance_loss(
            *xs,
            distance_function=lambda x, y: 1 - cosine_similarity(x, y, -1),
            swap=True,
            reduction=reduction,
        )

    xs = triplet(rng, 3)
    for fn in (by_angle, triplet_margin_loss):
        derivatives(fn, *xs)
        reduces(fn, *xs, limit=1e-4)
    ts = [tensor(x, requires_grad=True) for x in xs]
    assert gradcheck(lambda *xs: triplet_margin_loss(*xs, p=3.0, swap=True), *ts)
    assert gradgradcheck(lambda *xs: triplet_margin_loss(*xs, p=3.0, swap=True), *ts)


@each_reduction
def test_every_library_goes_the_same_way(reduction, road, agree, rng):
    xs = triplet(rng, 9, 33)
    agree(
        lambda *ts: triplet_margin_loss(*ts, swap=True, reduction=reduction),
        *xs,
        device=road,
        limit=1e-5,
    )


def test_what_does_not_fit_is_named():
    x = tensor(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"negative must have the shape of anchor, \(2, 3\), got"):
        triplet_margin_loss(x, x, x[:1])
    with pytest.raises(ValueError, match="margin must be positive, got 0"):
        triplet_margin_with_distance_loss(x, x, x, margin=0)
    with pytest.raises(ValueError, match="eps must not be negative, got -1"):
        triplet_margin_loss(x, x, x, eps=-1)
    with pytest.raises(TypeError, match="anchor must be floating-point, not int64"):
        triplet_margin_loss(tensor([[1]]), tensor([[1]]), tensor([[1]]))


@each_reduction
def test_it_is_pytorchs(reduction, is_pytorchs):
    is_pytorchs(f"triplet_{reduction}")
