"""cross_entropy: how surprised a model is by the right classes."""

from __future__ import annotations

import math
from typing import Any

from nt_tensor import dtype_of, kernels, namespace

from ...primitive import primitive
from .._floating import check_floating
from .._reshape import unsqueeze
from .._sum import sum
from ..activations._softmax import log_softmax
from ._reduction import array_of, reduced, scaled, share_of
from ._targets import class_axis, class_weights, labelled
from .options import check_between, check_reduction

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
        reduction: "mean" (over what counts, by weight; with probabilities over all rows; NaN where
            nothing counts), "sum" or "none".
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
    check_reduction(reduction)
    check_between("label_smoothing", label_smoothing, 0.0, 1.0)
    labels = array_of("target", target)
    if tuple(target.shape) == tuple(input.shape) and dtype_of(labels).kind == "float":
        return _of_probabilities(input, target, weight, reduction, label_smoothing)
    rows, labels, shape, all_count = labelled(input, target, ignore_index)
    weights = class_weights(weight, input)
    scale = 1.0
    if reduction == "mean" and all_count and weights is None:
        scale = share_of(math.prod(labels.shape))
    elif reduction == "mean":
        xp = namespace(labels)
        scale = share_of(xp.sum(kernels.class_counts(labels, weights, ignore_index)))
    loss = _cross_entropy(rows, labels, weights, ignore_index, label_smoothing, reduction, scale)
    return loss.reshape(shape) if reduction == "none" else loss


@primitive(keeps=("slope",))
def _cross_entropy(
    logits: Any,
    /,
    target: Any,
    weight: Any,
    ignore_index: int,
    smoothing: float,
    reduction: str,
    scale: float,
) -> Any:
    """The op behind `cross_entropy`: the forward pass makes the gradient, and keeps only that."""
    losses, slope = kernels.cross_entropy(logits, target, weight, ignore_index, smoothing, scale)
    xp = namespace(losses)
    total = losses if reduction == "none" else xp.sum(losses) * scale
    return xp.astype(total, logits.dtype, copy=False), slope


@_cross_entropy.backward
def _(g: Any, slope: Any, reduction: str) -> Any:
    if reduction != "none":
        return scaled(slope, g)
    return slope * unsqueeze(g, 1)


@_cross_entropy.cost
def _(logits_shape: tuple[int, int]) -> int:
    return 5 * math.prod(logits_shape)  # difference, exponential, sum, quotient; the gradient's


@_cross_entropy.composed
def _(
    logits: Any,
    target: Any,
    weight: Any,
    ignore_index: int,
    smoothing: float,
    reduction: str,
    scale: float,
) -> Any:
    share = kernels.class_shares(logits.data, target, weight, ignore_index, smoothing)
    losses = -sum(log_softmax(logits, 1) * share, 1)
    return losses if reduction == "none" else sum(losses) * scale


def _of_probabilities(
    input: Any, target: Any, weight: Any, reduction: str, smoothing: float
) -> Any:
    """The loss where every row has a distribution over the classes for its target."""
    check_floating("input", array_of("input", input))
    axis, weights = class_axis(input), class_weights(weight, input)
    if smoothing:
        target = target * (1.0 - smoothing) + smoothing / input.shape[axis]
    if weights is not None:
        target = target * weights.reshape((-1, *(1,) * (input.ndim - axis - 1)))
    losses = -sum(log_softmax(input, axis) * target, axis)
    return reduced(losses, reduction)
