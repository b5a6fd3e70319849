"""cross_entropy: how surprised a model is by the right classes."""

from __future__ import annotations

import math
from typing import Any

from nt_tensor import dtype_of, is_array, kernels, namespace

from ...primitive import primitive
from ...tensor import Tensor
from .._floating import check_floating
from .._sum import sum
from ..activations._softmax import log_softmax

__all__ = ["cross_entropy"]


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    r"""Cross-entropy of logits with class indices, or with probabilities of the classes.

    $$\ell_i = -\log \frac{e^{x_{i,c_i}}}{\sum_k e^{x_{i,k}}}, \qquad
      \ell_i = -\sum_c q_{i,c} \log \frac{e^{x_{i,c}}}{\sum_k e^{x_{i,k}}}$$

    Args:
        input: logits (classes,), (N, classes) or, as in PyTorch, (N, classes, d1, …).
        target: integers (), (N,) or (N, d1, …), each below `classes`; or probabilities $q$,
            floating-point and of the shape of `input`, differentiable too.
        weight: (classes,), how much each class counts; not differentiated, used in the dtype of
            `input`.
        ignore_index: targets of this value count nothing.
        reduction: "mean" (over what counts, by weight; with probabilities over all rows), "sum" or
            "none".
        label_smoothing: the share of the target spread evenly over all classes.

    Raises:
        ValueError: shapes that do not fit, an unknown reduction, a smoothing outside of [0, 1].
        IndexError: a target that is no class.
        TypeError: a target of neither kind, an input that is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> cross_entropy(tensor([[0.0, 0.0]]), tensor([1]))
        tensor(0.6931...)

    Source: PyTorch's `torch.nn.functional.cross_entropy`; smoothing: Szegedy et al., Rethinking the
        Inception Architecture (2016), section 7.
    """
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f'reduction must be "mean", "sum" or "none", got {reduction!r}')
    if not 0.0 <= label_smoothing <= 1.0:
        raise ValueError(f"label_smoothing must lie in [0, 1], got {label_smoothing}")
    for name, value in (("input", input), ("target", target), ("weight", weight)):
        if value is not None and not isinstance(value, Tensor) and not is_array(value):
            raise TypeError(f"{name} must be a tensor or an array, got a {type(value).__name__}")
    logits = input.data if isinstance(input, Tensor) else input
    check_floating("input", logits)
    if not input.ndim:
        raise ValueError("input must have a classes axis, got a 0-d tensor")
    axis = 0 if input.ndim == 1 else 1
    classes = input.shape[axis]
    shape = (*input.shape[:axis], *input.shape[axis + 1 :])
    labels = target.data if isinstance(target, Tensor) else target
    soft = tuple(target.shape) == tuple(input.shape) and dtype_of(labels).kind == "float"
    if tuple(target.shape) != shape and not soft:
        raise ValueError(
            f"target must have shape {shape} for input {tuple(input.shape)}, "
            f"got {tuple(target.shape)}"
        )
    if weight is not None and tuple(weight.shape) != (classes,):
        raise ValueError(f"weight must have shape ({classes},), got {tuple(weight.shape)}")
    weights = weight.data if isinstance(weight, Tensor) else weight
    if weights is not None and weights.dtype != logits.dtype:
        weights = namespace(weights).astype(weights, logits.dtype)
    if soft:
        return _of_probabilities(input, target, weights, axis, reduction, label_smoothing)
    _check(labels, classes, ignore_index)
    rows = input
    if input.ndim > 2:
        rows = input.permute(0, *range(2, input.ndim), 1)
    loss = _cross_entropy(
        rows.reshape((math.prod(shape), classes)),
        labels.reshape((-1,)),
        weights,
        ignore_index,
        label_smoothing,
        reduction,
    )
    return loss.reshape(shape) if reduction == "none" else loss


@primitive(keeps=("slope", "scale"))
def _cross_entropy(
    logits: Any,
    /,
    target: Any,
    weight: Any,
    ignore_index: int,
    smoothing: float,
    reduction: str,
) -> Any:
    """The op behind `cross_entropy`: the forward pass makes the gradient, and keeps only that."""
    losses, slope, counts = kernels.cross_entropy(logits, target, weight, ignore_index, smoothing)
    xp = namespace(losses)
    if reduction == "none":
        return xp.astype(losses, logits.dtype, copy=False), slope, 1.0
    scale = _scale(xp.sum(counts)) if reduction == "mean" else 1.0
    return xp.astype(xp.sum(losses) * scale, logits.dtype, copy=False), slope, scale


@_cross_entropy.backward
def _(g: Any, slope: Any, scale: float) -> Any:
    return slope * (g * scale if g.ndim == 0 else g[:, None])


@_cross_entropy.cost
def _(logits_shape: tuple[int, int]) -> int:
    return 5 * math.prod(logits_shape)  # difference, exponential, sum, quotient; the gradient's


@_cross_entropy.composed
def _(
    logits: Any, target: Any, weight: Any, ignore_index: int, smoothing: float, reduction: str
) -> Any:
    share, counts = kernels.class_shares(logits.data, target, weight, ignore_index, smoothing)
    losses = -sum(log_softmax(logits) * share, -1)
    if reduction == "none":
        return losses
    scale = _scale(namespace(counts).sum(counts)) if reduction == "mean" else 1.0
    return sum(losses) * scale


def _of_probabilities(
    input: Any, target: Any, weights: Any, axis: int, reduction: str, smoothing: float
) -> Any:
    """The loss where every row has a distribution over the classes for its target."""
    if smoothing:
        target = target * (1.0 - smoothing) + smoothing / input.shape[axis]
    if weights is not None:
        target = target * weights.reshape((-1, *(1,) * (input.ndim - axis - 1)))
    losses = -sum(log_softmax(input, axis) * target, axis)
    if reduction == "none":
        return losses
    scale = _scale(math.prod(losses.shape)) if reduction == "mean" else 1.0
    return sum(losses) * scale


def _scale(count: Any) -> float:
    """One over the count; over nothing, the mean is not a number."""
    return 1.0 / float(count) if float(count) else math.nan


def _check(labels: Any, classes: int, ignore_index: int) -> None:
    xp = namespace(labels)
    if not xp.isdtype(labels.dtype, "integral"):
        raise TypeError(f"target must hold integers, got {labels.dtype}")
    if math.prod(labels.shape) == 0:
        return
    if int(xp.max(labels)) < classes and int(xp.min(labels)) >= 0:
        return
    wrong = (labels != ignore_index) & ((labels < 0) | (labels >= classes))
    if bool(xp.any(wrong)):
        where = int(xp.argmax(xp.astype(xp.reshape(wrong, (-1,)), xp.int32)))
        value = int(xp.reshape(labels, (-1,))[where])
        raise IndexError(
            f"target {value} at position {where} is no class: there are {classes}, "
            f"0 to {classes - 1}"
        )
