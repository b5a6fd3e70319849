"""Margins between classes, where one is right or several are."""

from __future__ import annotations

import math
from typing import Any

from nt_tensor import namespace

from .._floating import check_floating
from .._gather import gather
from .._power import square
from .._reshape import reshape, unsqueeze
from .._sum import mean, sum
from .._where import where
from ..activations._relu import relu
from ._binary_cross_entropy import binary_cross_entropy_with_logits
from ._reduction import array_of, check_same_shape, reduced
from ._targets import check_labels, class_weights, labelled
from .options import check_margin_power, check_reduction

__all__ = ["multi_margin_loss", "multilabel_margin_loss", "multilabel_soft_margin_loss"]


def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    reduction: str = "mean",
) -> Any:
    r"""The hinge loss of several classes of which one is right.

    $$\ell = \frac{w_c}{C} \sum_{k \ne c} \max(0, m - x_c + x_k)^p$$

    Args:
        input: $x$, scores, (N, C) or (C,).
        target: $c$, integers, (N,) or ().
        p: 1 or 2.
        margin: $m$.
        weight: $w$, (C,), how much each class counts; not part of what "mean" divides by. Not
            differentiated.
        reduction: "mean" over all samples (NaN if there are none), "sum" or "none".

    Raises:
        ValueError: the shapes do not fit, `p` is neither 1 nor 2, or the reduction is unknown.
        IndexError: a target is no class.
        TypeError: `input` is not floating-point, or `target` holds no integers.

    Example:
        >>> from nt_autograd import tensor
        >>> multi_margin_loss(tensor([[1.0, 0.5, 0.25]]), tensor([0]))
        tensor(0.25)

    Source: Crammer and Singer (2001); PyTorch's `torch.nn.functional.multi_margin_loss`.
    """
    check_margin_power(p)
    check_reduction(reduction)
    if input.ndim > 2:
        raise ValueError(f"input must be (N, C) or (C,), got {tuple(input.shape)}")
    scores, labels, shape, _ = labelled(input, target, None)
    xp, classes = namespace(labels), scores.shape[1]
    own = xp.expand_dims(xp.astype(labels, xp.int64), axis=1)
    gaps = relu(scores - gather(scores, 1, own) + margin)
    gaps = gaps if p == 1 else square(gaps)
    losses = sum(where(xp.arange(classes)[None, :] == own, 0, gaps), 1) / classes
    if weight is not None:
        losses = losses * xp.take(class_weights(weight, input), labels, axis=0)
    return reduced(losses.reshape(shape), reduction)


def multilabel_margin_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    r"""The hinge loss of several classes of which several are right.

    $$\ell = \frac1C \sum_{c \in Y} \sum_{k \notin Y} \max(0, 1 - x_c + x_k)$$

    Args:
        input: $x$, scores, (N, C) or (C,).
        target: the right classes $Y$ of each sample, then -1 and anything: integers of the shape of
            `input`. A class that stands there twice counts twice.
        reduction: "mean" over all samples (NaN if there are none), "sum" or "none".

    Raises:
        ValueError: the shapes do not fit, or the reduction is unknown.
        IndexError: a target is neither a class nor -1.
        TypeError: `input` is not floating-point, or `target` holds no integers.

    Example:
        >>> from nt_autograd import tensor
        >>> x, y = tensor([[0.0, 0.25, 0.5, 0.75]]), tensor([[3, 0, -1, 1]])
        >>> multilabel_margin_loss(x, y)
        tensor(1.0)

    Source: PyTorch's `torch.nn.functional.multilabel_margin_loss`.
    """
    check_reduction(reduction)
    check_floating("input", array_of("input", input))
    labels = array_of("target", target)
    if input.ndim not in (1, 2):
        raise ValueError(f"input must be (N, C) or (C,), got {tuple(input.shape)}")
    check_same_shape(input=input, target=labels)
    classes = input.shape[-1]
    check_labels(labels, classes, -1)
    rows = (math.prod(input.shape[:-1]), classes)
    scores, xp = reshape(input, rows), namespace(labels)
    labels = xp.astype(xp.reshape(labels, rows), xp.int64)
    there = xp.cumulative_sum(xp.astype(labels < 0, xp.int64), axis=1) == 0  # up to the first -1
    safe = xp.where(there, labels, xp.zeros_like(labels))
    numbers = xp.arange(classes)[None, None, :]
    right = xp.any((xp.expand_dims(safe, axis=2) == numbers) & there[:, :, None], axis=1)
    pairs = there[:, :, None] & ~right[:, None, :]  # (N, right, wrong)
    gaps = relu(unsqueeze(scores, 1) - unsqueeze(gather(scores, 1, safe), 2) + 1.0)
    losses = sum(where(pairs, gaps, 0), (1, 2)) / max(classes, 1)
    return reduced(losses.reshape(tuple(input.shape[:-1])), reduction)


def multilabel_soft_margin_loss(
    input: Any, target: Any, weight: Any = None, reduction: str = "mean"
) -> Any:
    r"""Binary cross-entropy of each class by itself, averaged over the classes.

    $$\ell = -\frac1C \sum_c w_c \big(y_c \ln \sigma(x_c) + (1 - y_c) \ln \sigma(-x_c)\big)$$

    Args:
        input: $x$, logits, (…, C).
        target: $y$, of the same shape, from 0 to 1.
        weight: $w$, of a shape that broadcasts to that of `input`.
        reduction: "mean" over all samples (NaN if there are none), "sum" or "none".

    Raises:
        ValueError: the shapes do not fit, or the reduction is unknown.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> multilabel_soft_margin_loss(tensor([[0.0, 1e4]]), tensor([[1.0, 1.0]]))
        tensor(0.3465...)

    Source: PyTorch's `torch.nn.functional.multilabel_soft_margin_loss`.
    """
    check_reduction(reduction)
    if not input.ndim:
        raise ValueError("input must have a classes axis, got a 0-d tensor")
    losses = binary_cross_entropy_with_logits(input, target, weight, "none")
    return reduced(mean(losses, -1), reduction)
