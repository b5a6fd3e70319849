"""multi_margin_loss, multilabel_margin_loss, multilabel_soft_margin_loss: by loops, at edges."""

import numpy as np
import pytest
from nt_autograd import (
    binary_cross_entropy_with_logits,
    grad,
    gradcheck,
    gradgradcheck,
    hinge_loss,
    multi_margin_loss,
    multilabel_margin_loss,
    multilabel_soft_margin_loss,
    tensor,
)

REDUCTIONS = ["mean", "sum", "none"]
each_reduction = pytest.mark.parametrize("reduction", REDUCTIONS)


def reduced(losses, reduction):
    losses = np.array(losses)
    return {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]


@each_reduction
@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("dtype", ["int64", "uint8"])
def test_one_right_class_by_loops(reduction, p, weighted, dtype, road, rng):
    x, target = rng.standard_normal((6, 5)), rng.integers(0, 5, 6)
    w = rng.uniform(0.5, 2, 5) if weighted else np.ones(5)
    losses = [
        sum(w[c] * max(0, 0.8 - row[c] + row[k]) ** p for k in range(5) if k != c) / 5
        for row, c in zip(x, target, strict=True)
    ]
    where = {"dtype": "float32", "device": road}
    found = multi_margin_loss(
        tensor(x, **where),
        tensor(target.astype(dtype), device=road),
        p,
        0.8,
        tensor(w, **where) if weighted else None,
        reduction,
    )
    np.testing.assert_allclose(found.numpy(), reduced(losses, reduction), rtol=1e-5, atol=1e-6)


def some_right(rng, n=6, classes=5):
    target = np.full((n, classes), -1)
    for i in range(n):
        target[i, : i % (classes + 1)] = rng.permutation(classes)[: i % (classes + 1)]
    target[0] = [-1, 3, 3, 0, 2]  # what stands behind the first -1 does not count
    target[1, :3] = 2  # a class that stands there twice counts twice
    return target


@each_reduction
def test_several_right_classes_by_loops(reduction, road, rng):
    x, target = rng.standard_normal((6, 5)), some_right(rng)
    losses = []
    for row, labels in zip(x, target.tolist(), strict=True):
        right = labels[: labels.index(-1)] if -1 in labels else labels
        losses.append(
            sum(max(0, 1 - row[c] + row[k]) for c in right for k in range(5) if k not in right) / 5
        )
    t = tensor(x, dtype="float32", device=road)
    found = multilabel_margin_loss(t, tensor(target, device=road), reduction)
    np.testing.assert_allclose(found.numpy(), reduced(losses, reduction), rtol=1e-5, atol=1e-6)
    assert losses[0] == 0.0


def test_margins_kept_cost_nothing(road):
    x = tensor([[5.0, 0.0, 1.0]], device=road, requires_grad=True)
    for y in (
        multi_margin_loss(x, tensor([0], device=road)),
        multilabel_margin_loss(x, tensor([[0, -1, -1]], device=road)),
    ):
        assert y.item() == 0.0
        assert grad(y, x)[0].tolist() == [[0.0, 0.0, 0.0]]


def test_of_one_right_class_both_margins_are_one(rng):
    x, target = tensor(rng.standard_normal((7, 4))), rng.integers(0, 4, 7)
    labels = np.full((7, 4), -1)
    labels[:, 0] = target
    one = multi_margin_loss(x, tensor(target), reduction="none").numpy()
    several = multilabel_margin_loss(x, tensor(labels), "none").numpy()
    np.testing.assert_allclose(one, several, rtol=1e-12)


def test_two_classes_are_a_hinge_of_their_difference(rng):
    x = rng.standard_normal((9, 2))
    y = rng.integers(0, 2, 9)
    gap = hinge_loss(tensor(x[:, 1] - x[:, 0]), tensor(2 * y - 1), reduction="none").numpy()
    found = multi_margin_loss(tensor(x), tensor(y), reduction="none").numpy()
    np.testing.assert_allclose(found, gap / 2, rtol=1e-12)


@each_reduction
@pytest.mark.parametrize("weighted", [False, True])
def test_soft_margins_are_averaged_over_the_classes(reduction, weighted, road, rng):
    x, y, w = (
        rng.standard_normal((3, 2, 4)) * 9,
        rng.integers(0, 2, (3, 2, 4)),
        rng.uniform(1, 2, 4),
    )
    where = {"dtype": "float32", "device": road}
    weight = tensor(w, **where) if weighted else None
    args = tensor(x, **where), tensor(y, **where), weight
    losses = binary_cross_entropy_with_logits(*args, "none").numpy().mean(-1)
    found = multilabel_soft_margin_loss(*args, reduction)
    np.testing.assert_allclose(found.numpy(), reduced(losses, reduction), rtol=1e-5)


def test_one_class_leaves_nothing_to_tell_apart(road):
    x = tensor([[3.0], [-1.0]], device=road, requires_grad=True)
    zeros = tensor([0, 0], device=road)
    assert multi_margin_loss(x, zeros, reduction="none").tolist() == [0.0, 0.0]
    assert multilabel_margin_loss(x, zeros[:, None], "none").tolist() == [0.0, 0.0]


def test_single_samples(rng):
    x = tensor(rng.standard_normal(4))
    assert multi_margin_loss(x, tensor(2), reduction="none").shape == ()
    assert multi_margin_loss(x, tensor(2)).item() == multi_margin_loss(x[None], tensor([2])).item()
    y = tensor([1, 3, -1, -1])
    assert multilabel_margin_loss(x, y).item() == multilabel_margin_loss(x[None], y[None]).item()
    assert multilabel_margin_loss(x, y, "none").shape == ()


def test_derivatives_and_reductions(derivatives, reduces, rng):
    x, target, labels = rng.standard_normal((4, 3)), rng.integers(0, 3, 4), np.full((4, 3), -1)
    labels[:, 0] = target
    w = tensor(np.array([0.5, 1.0, 2.0]))
    ones = rng.integers(0, 2, (4, 3)).astype(float)
    for fn, y in (
        (lambda x, y, reduction="mean": multi_margin_loss(x, y, 2, 1.0, w, reduction), target),
        (lambda x, y, reduction="mean": multi_margin_loss(x, y, reduction=reduction), target),
        (multilabel_margin_loss, labels),
        (multilabel_soft_margin_loss, ones),
    ):
        derivatives(lambda x, reduction, fn=fn, y=y: fn(x, tensor(y), reduction=reduction), x)
        reduces(fn, x, y, limit=1e-4)
    t = tensor(x, requires_grad=True)
    assert gradcheck(lambda x: multilabel_margin_loss(x, tensor(labels)), t)
    assert gradgradcheck(lambda x: multi_margin_loss(x, tensor(target), 2), t)


@each_reduction
def test_every_library_goes_the_same_way(reduction, road, agree, rng):
    x, target, labels = rng.standard_normal((6, 5)), rng.integers(0, 5, 6), some_right(rng)
    for fn, y in ((multi_margin_loss, target), (multilabel_margin_loss, labels)):
        agree(
            lambda x, fn=fn, y=y: fn(x, tensor(y, device=x.device), reduction=reduction),
            x,
            device=road,
        )


def test_what_does_not_fit_is_named():
    x = tensor(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="p must be 1 or 2, got 3"):
        multi_margin_loss(x, tensor([0, 1]), p=3)
    with pytest.raises(ValueError, match=r"input must be \(N, C\) or \(C,\), got \(1, 2, 3\)"):
        multi_margin_loss(x[None], tensor([[0, 1]]))
    with pytest.raises(ValueError, match=r"input must be \(N, C\) or \(C,\), got \(1, 2, 3\)"):
        multilabel_margin_loss(x[None], tensor(np.zeros((1, 2, 3), int)))
    with pytest.raises(IndexError, match="target -100 at position 1 is no class"):
        multi_margin_loss(x, tensor([0, -100]))
    with pytest.raises(IndexError, match="target 3 at position 2 is no class"):
        multilabel_margin_loss(x, tensor([[0, -1, 3], [0, 1, 2]]))
    with pytest.raises(ValueError, match=r"target must have the shape of input, \(2, 3\), got"):
        multilabel_margin_loss(x, tensor([[0, -1]]))
    with pytest.raises(ValueError, match=r"weight must have shape \(3,\), got \(2,\)"):
        multi_margin_loss(x, tensor([0, 1]), weight=tensor([1.0, 1.0]))
    with pytest.raises(ValueError, match="input must have a classes axis"):
        multilabel_soft_margin_loss(tensor(1.0), tensor(1.0))


@each_reduction
@pytest.mark.parametrize("kind", ["multi_margin", "multilabel_margin", "multilabel_soft_margin"])
def test_it_is_pytorchs(kind, reduction, is_pytorchs):
    is_pytorchs(f"{kind}_{reduction}")
