"""CrossEntropyLoss against the definition by hand, its laws at the extremes, and PyTorch."""

import math

import numpy as np
import pytest
from nt_autograd import Tensor, gradcheck, tensor
from nt_nn import CrossEntropyLoss


def by_hand(x, y, weight=None, ignore=-100, smoothing=0.0):
    """Losses and the weights they count, one row and class at a time."""
    classes = x.shape[1]
    weight = np.ones(classes) if weight is None else weight
    losses, counts = [], []
    for row, target in zip(x.tolist(), y.tolist(), strict=True):
        if target == ignore:
            losses.append(0.0)
            counts.append(0.0)
            continue
        top = max(row)
        log_sum = top + math.log(sum(math.exp(v - top) for v in row))
        right = weight[target] * (log_sum - row[target])
        spread = sum(weight[k] * (log_sum - row[k]) for k in range(classes)) / classes
        losses.append((1 - smoothing) * right + smoothing * spread)
        counts.append(weight[target])
    return np.array(losses), np.array(counts)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("ignored", [False, True])
def test_it_is_the_definition(smoothing, weighted, ignored):
    source = np.random.default_rng(0)
    x, y = source.normal(size=(7, 4)) * 10, source.integers(0, 4, 7)
    weight = np.array([0.5, 2.0, 0.0, 1.0]) if weighted else None
    if ignored:
        y[2:4] = -100
    losses, counts = by_hand(x, y, weight, smoothing=smoothing)
    want = {"none": losses, "sum": losses.sum(), "mean": losses.sum() / counts.sum()}
    for reduction, value in want.items():
        loss = CrossEntropyLoss(weight, reduction=reduction, label_smoothing=smoothing)
        assert np.allclose(loss(Tensor(x), Tensor(y)).numpy(), value, rtol=1e-12), reduction


def test_further_axes_are_as_if_folded_into_the_rows():
    source = np.random.default_rng(1)
    x, y = source.normal(size=(2, 3, 4, 5)), source.integers(0, 3, (2, 4, 5))
    losses, _ = by_hand(np.moveaxis(x, 1, -1).reshape(-1, 3), y.reshape(-1))
    got = CrossEntropyLoss(reduction="none")(Tensor(x), Tensor(y)).numpy()
    assert got.shape == (2, 4, 5)
    assert np.allclose(got.reshape(-1), losses, rtol=1e-12)
    mean = CrossEntropyLoss()(Tensor(x), Tensor(y)).item()
    assert mean == pytest.approx(losses.mean(), rel=1e-12)


def test_extreme_logits_give_exact_losses_and_finite_gradients():
    x = tensor([[1e4, 0.0, -1e4], [-1e4, 1e4, 0.0]], requires_grad=True)
    losses = CrossEntropyLoss(reduction="none")(x, tensor([0, 0]))
    assert losses.tolist() == [0.0, 2e4]
    losses.sum().backward()
    assert x.grad.tolist() == [[0.0, 0.0, 0.0], [-1.0, 1.0, 0.0]]


def test_a_shift_of_the_logits_changes_nothing():
    x, y = np.random.default_rng(2).normal(size=(5, 3)), Tensor(np.array([0, 1, 2, 1, 0]))
    shifted = CrossEntropyLoss()(Tensor(x + 1e6), y).item()
    assert shifted == pytest.approx(CrossEntropyLoss()(Tensor(x), y).item(), rel=1e-9)


def test_the_gradient_agrees_with_finite_differences():
    x = Tensor(np.random.default_rng(3).normal(size=(4, 3))).requires_grad_()
    y = Tensor(np.array([0, -7, 2, 1]))
    loss = CrossEntropyLoss(np.array([1.0, 2.0, 3.0]), ignore_index=-7, label_smoothing=0.1)
    assert gradcheck(lambda x: loss(x, y), x)


def test_what_does_not_fit_is_named():
    x = tensor([[0.0, 0.0, 0.0]])
    with pytest.raises(IndexError, match=r"target 3 .* no class: there are 3, 0 to 2"):
        CrossEntropyLoss()(x, tensor([3]))
    with pytest.raises(IndexError, match="target -1"):
        CrossEntropyLoss()(x, tensor([-1]))
    with pytest.raises(ValueError, match=r"\(1,\).*\(2,\)"):
        CrossEntropyLoss()(x, tensor([0, 1]))
    with pytest.raises(TypeError, match="integers"):
        CrossEntropyLoss()(x, tensor([0.0]))
    with pytest.raises(ValueError, match=r"reduction must be .*'median'"):
        CrossEntropyLoss(reduction="median")
    with pytest.raises(ValueError, match=r"label_smoothing must lie in \[0, 1\], got 1.5"):
        CrossEntropyLoss(label_smoothing=1.5)


def test_class_weights_are_carried_along_as_a_buffer():
    loss = CrossEntropyLoss(np.float32([1.0, 2.0]))
    assert [name for name, _ in loss.named_buffers()] == ["weight"]
    assert str(loss.to("float64").weight.dtype) == "float64"


@pytest.mark.goldens("loss", "cross_entropy_(?!prob).*")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-9), ("float32", 1e-5)])
def test_it_agrees_with_pytorch(golden, agree, dtype, limit):
    weight = golden.tensor("input.weight", dtype) if "input.weight" in golden.arrays else None
    x = golden.leaf("input.x", dtype)
    loss = CrossEntropyLoss(weight, **golden.about["kwargs"])
    y = loss(x, golden.tensor("input.y", "int64"))
    agree(y, golden.arrays["output.0"], limit)
    (y * golden.tensor("cotangent.0", dtype)).sum().backward()
    agree(x.grad, golden.arrays["grad.input.x"], limit * 10)
