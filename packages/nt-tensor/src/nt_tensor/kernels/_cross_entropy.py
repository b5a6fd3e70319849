"""Cross-entropy of logits with class indices: the losses and their gradient in one pass."""

from __future__ import annotations

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel
from nt_tensor.kernels._wide import widened

__all__ = ["class_counts", "class_shares", "cross_entropy", "times"]


@kernel
@widened(1)
def cross_entropy(
    logits: Array,
    target: Array,
    weight: Array | None,
    ignore_index: int,
    smoothing: float,
    scale: float = 1.0,
) -> tuple[Array, Array]:
    """The losses of `logits` (N, classes) or (N, classes, D), and their gradient times `scale`.

    With p = softmax over the classes and q their shares, loss = -sum(q log p), of the shape of
    `target`, (N,) or (N, D), and its gradient is p sum(q) - q.
    """
    xp = namespace(logits)
    if 0 in logits.shape:
        return xp.zeros(target.shape, dtype=logits.dtype), xp.zeros_like(logits)
    share = class_shares(logits, target, weight, ignore_index, smoothing)
    z = logits - xp.max(logits, axis=1, keepdims=True)
    logp = z - xp.log(xp.sum(xp.exp(z), axis=1, keepdims=True))
    losses = -xp.sum(xp.where(share == 0, share, share * logp), axis=1)
    slope = (xp.exp(logp) * xp.sum(share, axis=1, keepdims=True) - share) * scale
    counted = xp.expand_dims(target != ignore_index, axis=1)
    return losses, xp.where(counted, slope, xp.zeros_like(slope))


def class_counts(target: Array, weight: Array | None, ignore_index: int) -> Array:
    """How much each target counts: 1 or its class's weight, and nothing for `ignore_index`.

    Example:
        >>> import numpy as np
        >>> class_counts(np.array([1, -100]), np.array([0.5, 2.0]), -100)
        array([2., 0.])
    """
    xp = namespace(target)
    counted = target != ignore_index
    if weight is None:
        return counted
    safe = xp.where(counted, target, xp.zeros_like(target))
    counts = xp.reshape(xp.take(weight, xp.reshape(safe, (-1,)), axis=0), target.shape)
    return xp.where(counted, counts, xp.zeros_like(counts))


def class_shares(
    logits: Array, target: Array, weight: Array | None, ignore_index: int, smoothing: float
) -> Array:
    """How much each class's log p counts, (N, classes) or (N, classes, D).

    With target c, class weights w and smoothing s the share of class k is w_k ((1 - s) [k = c] + s
    / classes). Where the target is `ignore_index` nothing counts.

    Example:
        >>> import numpy as np
        >>> class_shares(np.zeros((2, 2)), np.array([1, -100]), None, -100, 0.0).tolist()
        [[0.0, 1.0], [0.0, 0.0]]
    """
    xp = namespace(logits)
    classes = logits.shape[1]
    along = (1, classes, *(1,) * (logits.ndim - 2))
    counted = xp.expand_dims(target != ignore_index, axis=1)
    numbers = xp.reshape(xp.arange(classes, dtype=target.dtype), along)
    hot = xp.astype((numbers == xp.expand_dims(target, axis=1)) & counted, logits.dtype)
    if smoothing:
        even = xp.astype(counted, logits.dtype) * (smoothing / classes)
        hot = hot * (1.0 - smoothing) + even
    return hot if weight is None else hot * xp.reshape(weight, along)


@kernel
def times(slope: Array, g: Array) -> Array:
    """`slope` times the number `g`, which is mostly 1: then some bodies give `slope` itself."""
    return slope * g
