"""Losses of pairs: cosine_embedding_loss, contrastive_loss, margin_ranking_loss,
hinge_embedding_loss."""

import math

import numpy as np
import pytest
from nt_autograd import (
    contrastive_loss,
    cosine_embedding_loss,
    cosine_similarity,
    grad,
    gradcheck,
    gradgradcheck,
    hinge_embedding_loss,
    margin_ranking_loss,
    tensor,
)

REDUCTIONS = ["mean", "sum", "none"]
each_reduction = pytest.mark.parametrize("reduction", REDUCTIONS)
MARGIN = 0.2


def cosine(a, b, y, m=MARGIN):
    cos = a @ b / math.sqrt((a @ a) * (b @ b))
    return 1 - cos if y == 1 else max(0.0, cos - m)


def contrast(a, b, y, m=MARGIN * 20):
    far = math.dist(a, b)
    return far**2 / 2 if y == 1 else max(0.0, m - far) ** 2 / 2


def rank(a, b, y, m=MARGIN):
    return max(0.0, -y * (a - b) + m)


def embed(x, y, m=MARGIN):
    return x if y == 1 else max(0.0, m - x)


CASES = {
    cosine_embedding_loss: (cosine, [(8, 3), (8, 3)], MARGIN),
    contrastive_loss: (contrast, [(8, 3), (8, 3)], MARGIN * 20),
    margin_ranking_loss: (rank, [(8,), (8,)], MARGIN),
    hinge_embedding_loss: (embed, [(8,)], MARGIN),
}
each_loss = pytest.mark.parametrize("loss", CASES)


def given(loss, rng):
    formula, shapes, margin = CASES[loss]
    return formula, [rng.standard_normal(s) for s in shapes], rng.choice([-1, 1], 8), margin


@each_loss
@each_reduction
def test_by_hand(loss, reduction, road, rng):
    formula, xs, y, margin = given(loss, rng)
    losses = np.array([formula(*(x[i] for x in xs), y[i]) for i in range(8)])
    right = {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]
    inputs = [tensor(x, dtype="float32", device=road) for x in xs]
    found = loss(*inputs, tensor(y, device=road), margin, reduction)
    np.testing.assert_allclose(found.numpy(), right, rtol=1e-5, atol=1e-6)


@each_loss
def test_derivatives_and_reductions(loss, derivatives, reduces, rng):
    _, xs, y, margin = given(loss, rng)
    derivatives(lambda *xs, reduction: loss(*xs, tensor(y), margin, reduction), *xs)
    reduces(lambda *a, reduction="mean": loss(*a, margin, reduction), *xs, y, limit=1e-4)
    ts = [tensor(x, requires_grad=True) for x in xs]
    assert gradcheck(lambda *xs: loss(*xs, tensor(y), margin), *ts)
    assert gradgradcheck(lambda *xs: loss(*xs, tensor(y), margin), *ts)


@each_loss
@each_reduction
def test_every_library_goes_the_same_way(loss, reduction, road, agree, rng):
    _, xs, y, margin = given(loss, rng)
    agree(
        lambda *xs: loss(*xs, tensor(y, device=xs[0].device), margin, reduction),
        *xs,
        device=road,
        limit=1e-5,
    )


@each_loss
def test_a_pair_may_come_without_a_batch(loss, rng):
    _, xs, y, margin = given(loss, rng)
    alone = loss(*(tensor(x[0]) for x in xs), tensor(y[0]), margin)
    both = loss(*(tensor(x) for x in xs), tensor(y), margin, "none")
    assert alone.shape == ()
    assert alone.item() == pytest.approx(both[0].item(), rel=1e-12)


@pytest.mark.parametrize("loss", [cosine_embedding_loss, contrastive_loss])
def test_equal_pairs_and_vectors_of_zeros_have_finite_gradients(loss, road):
    a = tensor([[0.0, 0.0], [3.0, 4.0]], device=road, requires_grad=True)
    b = tensor([[0.0, 0.0], [3.0, 4.0]], device=road, requires_grad=True)
    for sign in (1, -1):
        y = loss(a, b, tensor([sign, sign], device=road), 0.5, "sum")
        for g in grad(y, [a, b]):
            assert np.isfinite(g.numpy()).all()
            assert g.tolist()[0] == [0.0, 0.0]


def test_contrastive_gradients_at_no_distance_are_nothing(road):
    a = tensor([[1.0, 2.0]], device=road, requires_grad=True)
    for sign in (1, -1):
        y = contrastive_loss(a, a.detach(), tensor([sign], device=road))
        assert y.item() == (0.0 if sign == 1 else 0.5)
        assert grad(y, a)[0].tolist() == [[0.0, 0.0]]


def test_the_length_of_a_vector_does_not_matter_to_its_angle(road, rng):
    a, b = (tensor(rng.standard_normal((5, 4)), dtype="float32", device=road) for _ in "ab")
    y = tensor([1, -1, 1, 1, -1], device=road)
    near = cosine_embedding_loss(a, b, y).item()
    assert cosine_embedding_loss(a * 1e6, b * 1e-3, y).item() == pytest.approx(near, rel=1e-5)
    assert cosine_embedding_loss(b, a, y).item() == pytest.approx(near, rel=1e-6)
    ones = tensor([1] * 5, device=road)
    right = 1 - cosine_similarity(a, b).numpy()
    np.testing.assert_allclose(cosine_embedding_loss(a, b, ones, 0.0, "none").numpy(), right)


def test_a_ranking_swapped_on_both_sides_is_the_same(rng):
    a, b, y = tensor(rng.standard_normal(9)), tensor(rng.standard_normal(9)), rng.choice([-1, 1], 9)
    there = margin_ranking_loss(a, b, tensor(y), 0.3, "none").tolist()
    assert margin_ranking_loss(b, a, tensor(-y), 0.3, "none").tolist() == there


def test_what_does_not_fit_is_named():
    x, y = tensor(np.ones((2, 3))), tensor([1, -1])
    for loss in (cosine_embedding_loss, contrastive_loss):
        with pytest.raises(ValueError, match=r"target must be \(N,\) .* got \(1,\) for \(2, 3\)"):
            loss(x, x, tensor([1]))
        with pytest.raises(ValueError, match=r"input2 must have the shape of input1, \(2, 3\)"):
            loss(x, x[0], y)
        with pytest.raises(ValueError, match=r"target must be \(N,\) for inputs \(N, D\)"):
            loss(x[None], x[None], y[None])
    with pytest.raises(ValueError, match=r"margin must lie in \[-1, 1\], got 2"):
        cosine_embedding_loss(x, x, y, 2)
    with pytest.raises(ValueError, match="margin must be positive, got 0"):
        contrastive_loss(x, x, y, 0)
    with pytest.raises(ValueError, match="target must hold 1 and -1, got 0 at position 1"):
        hinge_embedding_loss(x[:, 0], tensor([1, 0]))
    with pytest.raises(ValueError, match="input2 must have the shape of input1"):
        margin_ranking_loss(x, x[:1], y)


@each_reduction
@pytest.mark.parametrize("kind", ["cosine_embedding", "margin_ranking", "hinge_embedding"])
def test_it_is_pytorchs(kind, reduction, is_pytorchs):
    is_pytorchs(f"{kind}_{reduction}")
