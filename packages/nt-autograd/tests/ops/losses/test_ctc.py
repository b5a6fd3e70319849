"""ctc_loss: against every alignment that there is, by its pieces, where none is possible."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_autograd import (
    count_flops,
    cross_entropy,
    ctc_loss,
    grad,
    gradcheck,
    gradgradcheck,
    log_softmax,
    tensor,
)

REDUCTIONS = ["mean", "sum", "none"]
each_reduction = pytest.mark.parametrize("reduction", REDUCTIONS)


def read(path, blank):
    """What a path says: repetitions and then blanks taken out."""
    once = [c for i, c in enumerate(path) if i == 0 or c != path[i - 1]]
    return [c for c in once if c != blank]


def by_enumeration(logp, labels, blank=0):
    """The loss of one sequence (T, C): the sum over all C ** T paths that say the labels."""
    time, classes = logp.shape
    total = math.fsum(
        math.exp(math.fsum(logp[t, c] for t, c in enumerate(path)))
        for path in itertools.product(range(classes), repeat=time)
        if read(path, blank) == list(labels)
    )
    return -math.log(total) if total else math.inf


def log_probs(rng, *shape):
    x = rng.standard_normal(shape) * 2
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5), st.integers(2, 3), st.data())
def test_it_is_the_sum_over_all_alignments(time, classes, data):
    blank = data.draw(st.integers(0, classes - 1))
    others = [c for c in range(classes) if c != blank]
    rng = np.random.default_rng([time, classes])
    rows = data.draw(
        st.lists(st.lists(st.sampled_from(others), max_size=3), min_size=1, max_size=3)
    )
    steps = [data.draw(st.integers(1, time)) for _ in rows]
    logp = log_probs(rng, time, len(rows), classes)
    right = [
        by_enumeration(logp[:t, n], r, blank)
        for n, (r, t) in enumerate(zip(rows, steps, strict=True))
    ]
    flat = np.array([c for row in rows for c in row], np.int64)
    padded = np.full((len(rows), 4), -7)
    for n, row in enumerate(rows):
        padded[n, : len(row)] = row  # what stands behind a target's length is not looked at
    for targets in (flat, padded):
        found = ctc_loss(
            tensor(logp), tensor(targets), steps, [len(r) for r in rows], blank, "none"
        )
        np.testing.assert_allclose(found.numpy(), right, rtol=1e-9, atol=1e-12)


def case(rng):
    """Four sequences of different lengths: repetitions, nothing to say, only just possible."""
    targets = np.array([[1, 1, 2], [3, 0, 0], [0, 0, 0], [2, 1, 2]])
    return rng.standard_normal((6, 4, 4)) * 2, targets, [6, 4, 2, 3], [3, 1, 0, 3]


@each_reduction
def test_a_mean_is_over_what_was_to_be_said(reduction, road, rng):
    x, targets, steps, counts = case(rng)
    logp = x - np.log(np.exp(x).sum(-1, keepdims=True))
    losses = [
        by_enumeration(logp[:t, n], targets[n, :s])
        for n, (t, s) in enumerate(zip(steps, counts, strict=True))
    ]
    mean = np.mean([loss / max(s, 1) for loss, s in zip(losses, counts, strict=True)])
    right = {"none": losses, "sum": sum(losses), "mean": mean}[reduction]
    t = tensor(logp, dtype="float32", device=road)
    found = ctc_loss(t, tensor(targets, device=road), steps, counts, reduction=reduction)
    assert str(found.dtype) == "float32"
    np.testing.assert_allclose(found.numpy(), right, rtol=1e-5)


@each_reduction
def test_both_derivatives_of_the_logits_agree_with_differences(reduction, rng):
    x, targets, steps, counts = case(rng)

    def loss(x):
        return ctc_loss(log_softmax(x, -1), tensor(targets), steps, counts, reduction=reduction)

    t = tensor(x, requires_grad=True)
    assert gradcheck(loss, t)
    few = tensor(x[:4, :2, :3], requires_grad=True)
    assert gradgradcheck(
        lambda x: ctc_loss(log_softmax(x, -1), tensor([[1, 1], [2, 0]]), [4, 3], [2, 1]), few
    )


def test_composed_of_plain_ops_the_gradient_is_the_same(rng):
    x, targets, steps, counts = case(rng)
    t = tensor(x - np.log(np.exp(x).sum(-1, keepdims=True)), requires_grad=True)
    y = ctc_loss(t, tensor(targets), steps, counts)
    (fused,) = grad(y, t, retain_graph=True)
    (plain,) = grad(y, t, create_graph=True)
    np.testing.assert_allclose(fused.numpy(), plain.detach().numpy(), rtol=1e-9, atol=1e-12)


@each_reduction
def test_every_library_goes_the_same_way(reduction, road, agree, rng):
    x, targets, steps, counts = case(rng)

    def loss(x):
        logp = log_softmax(x, -1)
        return ctc_loss(logp, tensor(targets, device=x.device), steps, counts, reduction=reduction)

    agree(loss, x, device=road, limit=1e-5)
    agree(loss, x * 10, device=road, limit=1e-4)
    agree(lambda x: loss(x.transpose(0, 1)), x.transpose(1, 0, 2).copy(), device=road, limit=1e-5)
    agree(loss, x, device=road, dtype="float16", limit=2e-2)


def test_the_gradient_is_what_is_guessed_less_what_was_said(road, rng):
    x, targets, steps, counts = case(rng)
    t = tensor(x - np.log(np.exp(x).sum(-1, keepdims=True)), dtype="float32", device=road)
    t.requires_grad_()
    y = ctc_loss(t, tensor(targets, device=road), steps, counts, reduction="sum")
    g = grad(y, t)[0].numpy()
    np.testing.assert_allclose(g.sum(-1), 0, atol=1e-5)  # both are distributions
    for n, step in enumerate(steps):
        assert (g[step:, n] == 0).all()
    share = np.exp(t.detach().numpy()) - g
    np.testing.assert_allclose(share[: steps[2], 2, 0], 1, atol=1e-5)  # nothing said: all blank


def test_one_label_a_step_is_cross_entropy(road, rng):
    x = tensor(rng.standard_normal((1, 5, 4)), dtype="float32", device=road)
    target = tensor(rng.integers(1, 4, (5, 1)), device=road)
    found = ctc_loss(log_softmax(x, -1), target, [1] * 5, [1] * 5, reduction="none").numpy()
    right = cross_entropy(x[0], target[:, 0], reduction="none").numpy()
    np.testing.assert_allclose(found, right, rtol=1e-5)


def test_what_cannot_be_aligned_is_infinite_or_counts_nothing(road, rng):
    logp = tensor(log_probs(rng, 3, 3, 4), dtype="float32", device=road, requires_grad=True)
    targets = tensor([[1, 1, 2], [1, 2, 3], [1, 1, 1]], device=road)  # (1 1 2) needs 4 steps
    args = targets, [3, 3, 0], [3, 2, 0]
    losses = ctc_loss(logp, *args, reduction="none")
    assert losses.tolist()[0] == math.inf
    assert losses.tolist()[2] == 0.0
    (g,) = grad(losses.sum(), logp)
    assert np.isnan(g.numpy()[:, 0]).all()  # as PyTorch's
    assert np.isfinite(g.numpy()[:, 1:]).all()
    kept = ctc_loss(logp, *args, reduction="none", zero_infinity=True)
    assert kept.tolist() == [0.0, losses.tolist()[1], 0.0]
    (h,) = grad(kept.sum(), logp)
    assert (h.numpy()[:, [0, 2]] == 0).all()
    np.testing.assert_array_equal(h.numpy()[:, 1], g.numpy()[:, 1])


def test_impossible_classes_and_long_sequences_stay_finite(road):
    low = -math.inf
    logp = tensor([[[0.0, low]], [[low, 0.0]], [[0.0, low]]], device=road, requires_grad=True)
    y = ctc_loss(logp, tensor([[1]], device=road), [3], [1])
    (g,) = grad(y, logp)
    assert y.item() == 0.0
    assert g.tolist() == [[[0.0, 0.0]]] * 3
    wide = tensor(np.full((400, 1, 3), math.log(1 / 3), np.float32), device=road)
    y = ctc_loss(wide, tensor([[1, 2] * 50], device=road), [400], [100])
    assert 0 < y.item() < 400 * math.log(3) / 100


def test_single_sequences_and_lengths_of_any_kind(rng):
    logp = log_probs(rng, 4, 1, 3)
    right = by_enumeration(logp[:, 0], [1, 2])
    one = tensor(logp[:, 0])
    for steps, counts in (
        (4, 2),
        (tensor(4), tensor(2)),
        ((4,), [2]),
        (np.array([4]), tensor([2])),
    ):
        found = ctc_loss(one, tensor([1, 2]), steps, counts, reduction="none")
        assert found.shape == ()
        assert found.item() == pytest.approx(right, rel=1e-9)
    assert ctc_loss(one, tensor([1, 2]), 4, 2).item() == pytest.approx(right / 2, rel=1e-9)
    empty = tensor(np.zeros((3, 0, 2)))
    assert math.isnan(ctc_loss(empty, tensor(np.zeros((0, 0), int)), [], []).item())


def test_its_cost(rng):
    x, targets, steps, counts = case(rng)
    with count_flops() as count:
        ctc_loss(tensor(x), tensor(targets), steps, counts)
    assert count.by_op["ctc"][1] == 6 * 4 * (18 * 7 + 6 * 4)


def test_what_does_not_fit_is_named():
    logp, y = tensor(np.zeros((3, 2, 4))), tensor([[1, 2], [3, 1]])
    steps, counts = [3, 3], [2, 1]
    for fit, error, message in (
        (
            lambda: ctc_loss(logp[0, 0], y, steps, counts),
            ValueError,
            r"log_probs must be \(T, N, C",
        ),
        (lambda: ctc_loss(logp[:0], y, steps, counts), ValueError, "with a step at least, got"),
        (lambda: ctc_loss(logp, y, [3], counts), ValueError, "input_lengths must hold one length"),
        (
            lambda: ctc_loss(logp, y, [4, 3], counts),
            ValueError,
            "input_lengths must be from 0 to 3",
        ),
        (
            lambda: ctc_loss(logp, y, steps, [-1, 1]),
            ValueError,
            "target_lengths must be at least 0",
        ),
        (
            lambda: ctc_loss(logp, y, steps, [1.0, 1]),
            TypeError,
            "target_lengths must hold integers",
        ),
        (
            lambda: ctc_loss(logp, y, steps, [3, 1]),
            ValueError,
            r"targets must be \(2, S\) with S at",
        ),
        (lambda: ctc_loss(logp, y[0], steps, counts), ValueError, r"or \(3,\) in all, got \(2,\)"),
        (lambda: ctc_loss(logp, y * 4, steps, counts), IndexError, "target 4 of sequence 0 is no"),
        (
            lambda: ctc_loss(logp, y - 1, steps, counts),
            ValueError,
            r"sequence 0 hold the blank \(0",
        ),
        (lambda: ctc_loss(logp, y, steps, counts, 4), IndexError, r"blank \(4\) is no class"),
        (lambda: ctc_loss(logp, y * 1.0, steps, counts), TypeError, "targets must hold integers"),
        (lambda: ctc_loss(y, y, 1, 1), TypeError, "log_probs must be floating-point"),
    ):
        with pytest.raises(error, match=message):
            fit()


@each_reduction
def test_it_is_pytorchs(reduction, is_pytorchs):
    is_pytorchs(f"ctc_{reduction}")
