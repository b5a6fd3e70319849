"""Cross-entropy of rows of logits with class indices: the losses and their gradient in one pass."""

from __future__ import annotations

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel
from nt_tensor.kernels._wide import widened

__all__ = ["class_shares", "cross_entropy"]


@kernel
@widened(1)
def cross_entropy(
    logits: Array, target: Array, weight: Array | None, ignore_index: int, smoothing: float
) -> tuple[Array, Array, Array]:
    """The loss of each row of `logits` (rows, classes), its gradient, and how much the row counts.

    With p = softmax(row) and q the shares of the classes, loss = -sum(q log p) and its gradient is
    p sum(q) - q.
    """
    xp = namespace(logits)
    share, counts = class_shares(logits, target, weight, ignore_index, smoothing)
    z = logits - xp.max(logits, axis=-1, keepdims=True)
    logp = z - xp.log(xp.sum(xp.exp(z), axis=-1, keepdims=True))
    losses = -xp.sum(xp.where(share == 0, share, share * logp), axis=-1)
    return losses, xp.exp(logp) * xp.sum(share, axis=-1, keepdims=True) - share, counts


def class_shares(
    logits: Array, target: Array, weight: Array | None, ignore_index: int, smoothing: float
) -> tuple[Array, Array]:
    """How much each class's log p counts in each row (rows, classes), and the rows' weights.

    With target c, class weights w and smoothing s the share of class k is w_k ((1 - s) [k = c] + s
    / classes). A row whose target is `ignore_index` counts nothing.

    Example:
        >>> import numpy as np
        >>> shares, counts = class_shares(np.zeros((2, 2)), np.array([1, -100]), None, -100, 0.0)
        >>> shares.tolist(), counts.tolist()
        ([[0.0, 1.0], [0.0, 0.0]], [1.0, 0.0])
    """
    xp = namespace(logits)
    classes = logits.shape[-1]
    counted = target != ignore_index
    safe = xp.where(counted, target, xp.zeros_like(target))
    hot = xp.astype(xp.arange(classes, dtype=target.dtype)[None, :] == safe[:, None], logits.dtype)
    hot = hot * xp.astype(counted, logits.dtype)[:, None]
    weighted = hot if weight is None else hot * weight[None, :]
    counts = xp.sum(weighted, axis=-1)
    if not smoothing:
        return weighted, counts
    even = xp.astype(counted, logits.dtype)[:, None] * xp.ones_like(logits)
    even = even if weight is None else even * weight[None, :]
    return weighted * (1.0 - smoothing) + even * (smoothing / classes), counts
