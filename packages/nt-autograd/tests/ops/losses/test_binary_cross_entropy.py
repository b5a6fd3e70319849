"""binary_cross_entropy, of probabilities and with_logits: by hand, as two classes, extreme."""

import math

import numpy as np
import pytest
from nt_autograd import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    grad,
    gradcheck,
    gradgradcheck,
    sigmoid,
    stack,
    tensor,
)

REDUCTIONS = ["mean", "sum", "none"]
each_reduction = pytest.mark.parametrize("reduction", REDUCTIONS)


def by_hand(x, y, w=1.0, pos=1.0):
    """One logit in Python's floats."""
    up, down = (max(z, 0.0) + math.log1p(math.exp(-abs(z))) for z in (x, -x))
    return w * (pos * y * down + (1 - y) * up)


@each_reduction
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("positive", [False, True])
def test_logits_by_hand(reduction, weighted, positive, road, rng):
    x, y = rng.standard_normal((6, 3)) * 10, rng.uniform(size=(6, 3))
    w = rng.uniform(0.5, 2, (6, 1)) if weighted else np.ones((6, 1))
    pos = rng.uniform(0.5, 2, 3) if positive else np.ones(3)
    losses = np.vectorize(by_hand)(x, y, w, pos)
    right = {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]
    where = {"dtype": "float32", "device": road}
    found = binary_cross_entropy_with_logits(
        tensor(x, **where),
        tensor(y, **where),
        tensor(w, **where) if weighted else None,
        reduction,
        tensor(pos, **where) if positive else None,
    )
    np.testing.assert_allclose(found.numpy(), right, rtol=3e-6)


@each_reduction
def test_probabilities_by_hand(reduction, road, rng):
    p, y, w = rng.uniform(0.01, 0.99, (5, 4)), rng.uniform(size=(5, 4)), rng.uniform(1, 2, 4)
    losses = -w * (y * np.log(p) + (1 - y) * np.log(1 - p))
    right = {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]
    where = {"dtype": "float32", "device": road}
    found = binary_cross_entropy(*(tensor(a, **where) for a in (p, y, w)), reduction)
    np.testing.assert_allclose(found.numpy(), right, rtol=1e-5)


def test_reductions(reduces, rng):
    y = rng.uniform(size=(4, 3))
    reduces(binary_cross_entropy_with_logits, rng.standard_normal((4, 3)), y)
    reduces(binary_cross_entropy, rng.uniform(0.1, 0.9, (4, 3)), y)


def test_both_derivatives_agree_with_differences(derivatives, rng):
    x, y = rng.standard_normal((3, 2)), rng.uniform(size=(3, 2))
    pos, w = tensor([0.5, 2.0], dtype="float64"), tensor([[1.0], [2.0], [0.0]], dtype="float64")

    def heavy(x, y, reduction):
        return binary_cross_entropy_with_logits(x, y, w, reduction, pos)

    derivatives(binary_cross_entropy_with_logits, x, y)
    derivatives(heavy, x, y)
    derivatives(binary_cross_entropy, rng.uniform(0.2, 0.8, (3, 2)), y)


@each_reduction
def test_every_library_goes_the_same_way(reduction, road, agree, rng):
    x, y = rng.standard_normal((67, 130)) * 5, rng.uniform(size=(67, 130))

    def run(x, y):
        return binary_cross_entropy_with_logits(x, y, reduction=reduction)

    agree(run, x, y, device=road, limit=5e-6)
    agree(lambda x, y: run(x.transpose(0, 1), y.transpose(0, 1)), x, y, device=road, limit=5e-6)
    agree(run, x[0, :7], y[0, :7], device=road, dtype="float16", limit=2e-2)
    agree(
        lambda p, y: binary_cross_entropy(p, y, reduction=reduction),
        rng.uniform(0.1, 0.9, (5, 7)),
        y[:5, :7],
        device=road,
        limit=1e-5,
    )


@pytest.mark.parametrize("yes", [0.0, 1.0, 0.25])
def test_it_is_cross_entropy_of_two_classes(yes, road, rng):
    x = tensor(rng.standard_normal(9) * 30, dtype="float32", device=road, requires_grad=True)
    target = np.tile([1 - yes, yes], (9, 1)).astype(np.float32)
    two = cross_entropy(stack([x * 0, x], 1), tensor(target, device=road))
    one = binary_cross_entropy_with_logits(x, x.detach() * 0 + yes)
    assert one.item() == pytest.approx(two.item(), rel=1e-5)
    (g,), (h,) = grad(one, x), grad(two, x)
    np.testing.assert_allclose(g.numpy(), h.numpy(), atol=1e-7)


def test_logits_and_probabilities_agree(rng):
    x, y = tensor(rng.standard_normal(20) * 5), tensor(rng.uniform(size=20))
    found = binary_cross_entropy(sigmoid(x), y, reduction="none").numpy()
    right = binary_cross_entropy_with_logits(x, y, reduction="none").numpy()
    np.testing.assert_allclose(found, right, rtol=1e-9)


def test_extreme_logits_are_exact(road):
    x = tensor([1e4, -1e4, 1e4, -1e4, 30.0, -30.0], device=road, requires_grad=True)
    y = tensor([1.0, 0.0, 0.0, 1.0, 1.0, 0.0], device=road)
    small = math.exp(-30)
    for reduction in REDUCTIONS:
        loss = binary_cross_entropy_with_logits(x, y, reduction=reduction)
        (g,) = grad(loss.sum(), x)
        share = 1 / 6 if reduction == "mean" else 1.0
        right = np.array([0.0, 0.0, 1.0, -1.0, -small, small]) * share
        near = {"atol": 1e-7} if reduction == "none" else {"rtol": 1e-5}
        np.testing.assert_allclose(g.numpy(), right, **near)
        if reduction == "none":
            np.testing.assert_allclose(loss.tolist(), [0, 0, 1e4, 1e4, small, small], rtol=1e-5)
        else:
            assert loss.item() == pytest.approx(2e4 * share, rel=1e-6)


def test_the_tiniest_losses_keep_their_digits(road):
    x = np.linspace(0, 80, 161).astype(np.float32)
    right = np.log1p(np.exp(-x.astype(np.float64)))
    for at in (0, 40, 100, 160):
        t = tensor(x[at : at + 1], device=road)
        found = binary_cross_entropy_with_logits(t, t * 0 + 1).item()
        assert found == pytest.approx(right[at], rel=2e-6)


def test_probabilities_of_zero_and_one_are_finite_as_in_pytorch(road):
    p = tensor([0.0, 1.0, 0.0, 1.0], device=road, requires_grad=True)
    y = tensor([1.0, 0.0, 0.0, 1.0], device=road)
    losses = binary_cross_entropy(p, y, reduction="none")
    assert losses.tolist() == [100.0, 100.0, 0.0, 0.0]
    (g,) = grad(losses.sum(), p)
    np.testing.assert_allclose(g.numpy(), [-1e12, 1e12, 0.0, 0.0], rtol=1e-5)
    tiny = tensor([1e-30], device=road)
    assert binary_cross_entropy(tiny, tiny * 0).item() == pytest.approx(1e-30)


def test_weights_of_zero_count_nothing_but_in_the_mean(rng):
    x, y = tensor([1.0, 5.0], requires_grad=True), tensor([1.0, 0.0])
    w = tensor([1.0, 0.0])
    loss = binary_cross_entropy_with_logits(x, y, w)
    assert loss.item() == pytest.approx(by_hand(1.0, 1.0) / 2)
    assert grad(loss, x)[0].tolist()[1] == 0.0
    assert gradcheck(
        lambda x: binary_cross_entropy_with_logits(x, y.to("float64"), w),
        tensor([1.0, 5.0], dtype="float64", requires_grad=True),
    )
    assert gradgradcheck(
        lambda x: binary_cross_entropy(x, y.to("float64"), w),
        tensor([0.3, 0.6], dtype="float64", requires_grad=True),
    )


def test_what_does_not_fit_is_named(road):
    x = tensor([[0.5, 0.5]], device=road)
    for loss in (binary_cross_entropy, binary_cross_entropy_with_logits):
        with pytest.raises(ValueError, match=r"target must have the shape of input, \(1, 2\), got"):
            loss(x, tensor([1.0, 0.0], device=road))
        with pytest.raises(ValueError, match=r"weight must broadcast to \(1, 2\), got \(3,\)"):
            loss(x, x, tensor([1.0] * 3, device=road))
        with pytest.raises(TypeError, match="input must be floating-point, not int64"):
            loss(tensor([1], device=road), tensor([1], device=road))
    with pytest.raises(ValueError, match=r"pos_weight must broadcast to \(1, 2\), got \(3,\)"):
        binary_cross_entropy_with_logits(x, x, None, "sum", tensor([1.0] * 3, device=road))
    for bad in (-0.5, 1.5):
        with pytest.raises(ValueError, match=r"input must hold probabilities, .*with_logits"):
            binary_cross_entropy(tensor([0.5, bad], device=road), tensor([1.0, 1.0], device=road))
    assert math.isnan(binary_cross_entropy(x * math.nan, x).item())


@each_reduction
@pytest.mark.parametrize("kind", ["bce", "bce_logits", "bce_logits_weighted"])
def test_it_is_pytorchs(kind, reduction, is_pytorchs, bodies):
    is_pytorchs(f"{kind}_{reduction}")
