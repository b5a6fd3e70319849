"""Scaled dot-product attention, and its way back."""

from __future__ import annotations

from nt_tensor.backend import Array, Namespace, namespace
from nt_tensor.kernel import kernel
from nt_tensor.kernels._wide import widened

__all__ = ["attention", "attention_backward"]


@kernel
@widened(0)
def attention(
    q: Array, k: Array, v: Array, mask: Array | None, causal: bool, scale: float
) -> tuple[Array, Array, Array]:
    """softmax(scale q k^T + mask) v for q (…, T, d), k (…, S, d), v (…, S, e).

    Args:
        q: the queries.
        k: the keys.
        v: the values.
        mask: additive, broadcast to (…, T, S); None for no mask.
        causal: query i sees the keys up to i + S - T: with S = T itself and what came before.
        scale: what the products are multiplied with.

    Gives (y, e, total): y (…, T, e), the unnormalised weights (…, T, S) and their sums (…, T, 1),
    so that e / total are the attention weights. A row that may see nothing gives zeros.
    """
    xp = namespace(q)
    scores = (q * scale) @ xp.matrix_transpose(k)
    if not scores.size:  # no queries, or no keys to see
        return scores @ v, scores, xp.ones((*scores.shape[:-1], 1), dtype=scores.dtype)
    if mask is not None:
        scores = scores + mask
    if causal:
        scores = xp.where(_ahead(xp, scores), -xp.inf, scores)
    top = xp.max(scores, axis=-1, keepdims=True)
    top = xp.where(xp.isfinite(top), top, xp.zeros_like(top))  # a row that may see nothing
    e = xp.exp(scores - top)
    total = xp.sum(e, axis=-1, keepdims=True)
    total = xp.where(total == 0, xp.ones_like(total), total)
    return (e @ v) / total, e, total


@kernel
@widened()
def attention_backward(
    g: Array,
    q: Array,
    k: Array,
    v: Array,
    y: Array,
    e: Array,
    total: Array,
    causal: bool,
    scale: float,
) -> tuple[Array, Array, Array, Array]:
    """Gradients with respect to q, k, v and the scores before the softmax.

    With p = e / total and r = g / total: dv = e^T r; d(scores) = p (g v^T - sum(g y)) = e (r v^T -
    sum(r y)), so neither p nor a sum over a row of scores is ever made.
    """
    xp = namespace(g)
    r = g / total
    gv = xp.matrix_transpose(e) @ r
    gs = e * (r @ xp.matrix_transpose(v) - xp.sum(r * y, axis=-1, keepdims=True))
    return (gs @ k) * scale, xp.matrix_transpose(gs) @ (q * scale), gv, gs


def _ahead(xp: Namespace, scores: Array) -> Array:
    """True where a key lies in its query's future."""
    t, s = scores.shape[-2:]
    return xp.arange(s)[None, :] > xp.arange(t)[:, None] + (s - t)
