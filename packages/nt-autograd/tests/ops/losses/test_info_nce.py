"""info_nce and clip_loss: two cross-entropies, symmetric in their towers, blind to lengths."""

import math

import numpy as np
import pytest
from nt_autograd import (
    clip_loss,
    cross_entropy,
    grad,
    gradcheck,
    gradgradcheck,
    info_nce,
    tensor,
)

REDUCTIONS = ["mean", "sum", "none"]
each_reduction = pytest.mark.parametrize("reduction", REDUCTIONS)


def towers(rng, n=6, d=5):
    return rng.standard_normal((n, d)), rng.standard_normal((n, d))


def cosines(a, b):
    return (a / np.linalg.norm(a, axis=-1, keepdims=True)) @ (
        b / np.linalg.norm(b, axis=-1, keepdims=True)
    ).T


def surprise(logits, c):
    return math.log(sum(math.exp(z - logits[c]) for z in logits))


@each_reduction
@pytest.mark.parametrize("negatives", [None, "shared", "own"])
def test_info_nce_by_loops(reduction, negatives, road, rng):
    q, k = towers(rng)
    others = {
        None: None,
        "shared": rng.standard_normal((4, 5)),
        "own": rng.standard_normal((6, 4, 5)),
    }
    n = others[negatives]
    losses = []
    for i in range(6):
        if n is None:
            losses.append(surprise(cosines(q[i : i + 1], k)[0] / 0.3, i))
        else:
            wrong = n if n.ndim == 2 else n[i]
            both = np.concatenate([k[i : i + 1], wrong])
            losses.append(surprise(cosines(q[i : i + 1], both)[0] / 0.3, 0))
    right = {"none": losses, "sum": sum(losses), "mean": sum(losses) / 6}[reduction]
    where = {"dtype": "float32", "device": road}
    found = info_nce(
        tensor(q, **where),
        tensor(k, **where),
        None if n is None else tensor(n, **where),
        0.3,
        reduction,
    )
    np.testing.assert_allclose(found.numpy(), right, rtol=1e-5, atol=1e-6)


@each_reduction
def test_clip_is_two_cross_entropies(reduction, road, rng):
    u, v = towers(rng)
    where = {"dtype": "float32", "device": road}
    logits, own = tensor(cosines(u, v) * 7.0, **where), tensor(np.arange(6), device=road)
    rows = cross_entropy(logits, own, reduction=reduction)
    columns = cross_entropy(logits.mT, own, reduction=reduction)
    found = clip_loss(tensor(u, **where), tensor(v, **where), 7.0, reduction)
    np.testing.assert_allclose(found.numpy(), ((rows + columns) / 2).numpy(), rtol=1e-5)


@each_reduction
def test_clip_does_not_mind_which_tower_is_which(reduction, rng):
    u, v = map(tensor, towers(rng))
    there = clip_loss(u, v, 14.0, reduction).numpy()
    np.testing.assert_allclose(clip_loss(v, u, 14.0, reduction).numpy(), there, rtol=1e-12)
    half = info_nce(u, v, temperature=1 / 14, reduction=reduction)
    other = info_nce(v, u, temperature=1 / 14, reduction=reduction)
    np.testing.assert_allclose(((half + other) / 2).numpy(), there, rtol=1e-12)


def test_partners_that_move_together_change_nothing(rng):
    u, v = towers(rng)
    order = rng.permutation(6)
    there = clip_loss(tensor(u), tensor(v)).item()
    assert clip_loss(tensor(u[order]), tensor(v[order])).item() == pytest.approx(there, rel=1e-12)
    scales = rng.uniform(1e-3, 1e3, (6, 1))
    assert clip_loss(tensor(u * scales), tensor(v)).item() == pytest.approx(there, rel=1e-12)


def test_a_perfect_match_costs_nothing_and_one_alone_too(road):
    eye = tensor(np.eye(4, dtype=np.float32), device=road)
    assert clip_loss(eye, eye, 1e4).item() == 0.0
    assert info_nce(eye, eye, temperature=1e-4).item() == 0.0
    assert clip_loss(eye[:1], eye[1:2]).item() == 0.0
    assert clip_loss(eye, eye.flip(0), 1e4).item() == 1e4
    assert math.isnan(clip_loss(eye[:0], eye[:0]).item())


def test_vectors_of_zeros_are_at_right_angles_to_all(road):
    zero = tensor(np.zeros((3, 4), np.float32), device=road, requires_grad=True)
    other = tensor(np.eye(3, 4, dtype=np.float32), device=road)
    y = clip_loss(zero, other)
    assert y.item() == pytest.approx(math.log(3), rel=1e-6)
    assert np.isfinite(grad(y, zero)[0].numpy()).all()


def test_derivatives_and_reductions(derivatives, reduces, rng):
    u, v = towers(rng, 3, 4)
    scale, n = np.array(2.0), rng.standard_normal((2, 4))
    derivatives(clip_loss, u, v, scale)
    derivatives(lambda q, k, reduction: info_nce(q, k, reduction=reduction, temperature=0.5), u, v)
    derivatives(lambda q, k, n, reduction: info_nce(q, k, n, 0.5, reduction), u, v, n)
    reduces(lambda u, v, reduction="mean": clip_loss(u, v, 2.0, reduction), u, v, limit=1e-4)
    reduces(lambda q, k, reduction="mean": info_nce(q, k, None, 0.5, reduction), u, v, limit=1e-4)
    ts = [tensor(a, requires_grad=True) for a in (u, v, scale)]
    assert gradcheck(clip_loss, *ts)
    assert gradgradcheck(clip_loss, *ts)


@each_reduction
def test_every_library_goes_the_same_way(reduction, road, agree, rng):
    u, v = towers(rng, 9, 33)
    scale = np.array(10.0)
    agree(lambda *a: clip_loss(*a, reduction), u, v, scale, device=road, limit=1e-5)
    agree(lambda q, k: info_nce(q, k, reduction=reduction), u, v, device=road, limit=1e-5)


def test_what_does_not_fit_is_named():
    x = tensor(np.ones((2, 3)))
    for loss, first, second in (
        (info_nce, "query", "positive_key"),
        (clip_loss, "image_features", "text_features"),
    ):
        with pytest.raises(ValueError, match=rf"{first} must be \(N, D\), got \(3,\)"):
            loss(x[0], x[0])
        with pytest.raises(ValueError, match=rf"{second} must have the shape of {first}, \(2, 3\)"):
            loss(x, x[:1])
        with pytest.raises(TypeError, match=f"{first} must be floating-point, not int64"):
            loss(tensor([[1]]), tensor([[1]]))
    for bad in ((3,), (2, 4), (3, 2, 3), (1, 2, 2, 3)):
        with pytest.raises(ValueError, match=r"negative_keys must be \(M, 3\) or \(2, M, 3\), got"):
            info_nce(x, x, tensor(np.ones(bad)))
    with pytest.raises(ValueError, match="temperature must be positive, got 0"):
        info_nce(x, x, temperature=0)
