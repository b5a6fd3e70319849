"""Scaled dot-product attention, and its way back.

Three things about who sees whom are the same in all attention kernels:

- `mask` is added to the scores and broadcasts to (…, T, S); None for no mask.
- `band` is (lower, upper): query i sees key j only where lower <= j - i <= upper; None for no such
  bound. (None, 0) is causal, (None, p) is causal after p earlier keys, (1 - w, 0) the last w keys.
- `groups` neighbouring heads of the queries share one head of the keys and values: q is (…, H, T,
  d), k (…, H / groups, S, d). No key is copied for it: `folded` lays the group's queries under one
  another.
"""

from __future__ import annotations

from typing import TypeAlias

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel
from nt_tensor.kernels._wide import widened

__all__ = [
    "Band",
    "attention",
    "attention_backward",
    "blocks",
    "folded",
    "outside_band",
    "unfolded",
]

Band: TypeAlias = tuple[int | None, int | None]


def folded(x: Array, groups: int) -> Array:
    """(…, H, n, w) as (…, H / groups, groups n, w): the heads of a group under one another."""
    if groups == 1:
        return x
    *batch, heads, n, width = x.shape
    return namespace(x).reshape(x, (*batch, heads // groups, groups * n, width))


def unfolded(x: Array, groups: int) -> Array:
    """(…, H / groups, groups n, w) as (…, H, n, w)."""
    if groups == 1:
        return x
    *batch, heads, n, width = x.shape
    return namespace(x).reshape(x, (*batch, heads * groups, n // groups, width))


def outside_band(like: Array, queries: range, keys: range, band: Band) -> Array | None:
    """True (queries, keys) where a key lies outside of its query's band; None for nowhere.

    Args:
        like: an array of the library that the answer shall be of.
        queries: their positions.
        keys: their positions.
        band: (lower, upper): query i sees key j only where lower <= j - i <= upper.

    Example:
        >>> import numpy as np
        >>> outside_band(np.zeros(1), range(2), range(3), (None, 0))
        array([[False,  True,  True],
               [False, False,  True]])
        >>> outside_band(np.zeros(1), range(2), range(3), (None, 9)) is None
        True
    """
    lower, upper = band
    least, most = keys.start - queries.stop + 1, keys.stop - 1 - queries.start
    if (lower is None or lower <= least) and (upper is None or most <= upper):
        return None
    xp = namespace(like)
    distance = (
        xp.arange(keys.start, keys.stop)[None, :] - xp.arange(queries.start, queries.stop)[:, None]
    )
    if lower is None:
        return distance > upper
    return distance < lower if upper is None else (distance > upper) | (distance < lower)


def blocks(t: int, s: int, band: Band, size: int) -> list[tuple[int, int, int, int]]:
    """(first query, end of the queries, first key that they see, end of these) for each block."""
    lower, upper = band
    found = []
    for start in range(0, t, size):
        end = min(start + size, t)
        first = 0 if lower is None else min(max(start + lower, 0), s)
        found.append((start, end, first, s if upper is None else max(first, min(end + upper, s))))
    return found


@kernel
@widened(0)
def attention(
    q: Array, k: Array, v: Array, mask: Array | None, band: Band, scale: float, groups: int
) -> tuple[Array, Array, Array]:
    """softmax(scale q k^T + mask) v for q (…, H, T, d), k (…, H / groups, S, d), v likewise (…, e).

    Args:
        q: the queries.
        k: the keys.
        v: the values.
        mask: as above.
        band: as above.
        scale: what the products are multiplied with.
        groups: as above.

    Gives (y, e, total): y (…, T, e), the unnormalised weights (…, T, S) and their sums (…, T, 1),
    so that e / total are the attention weights. A row that may see nothing gives zeros.
    """
    xp = namespace(q)
    t, s = q.shape[-2], k.shape[-2]
    scores = unfolded(folded(q * scale, groups) @ xp.matrix_transpose(k), groups)
    if not scores.size:  # no queries, or no keys to see
        y = unfolded(folded(scores, groups) @ v, groups)
        return y, scores, xp.ones((*scores.shape[:-1], 1), dtype=scores.dtype)
    if mask is not None:
        scores = scores + mask
    outside = outside_band(q, range(t), range(s), band)
    if outside is not None:
        scores = xp.where(outside, -xp.inf, scores)
    top = xp.max(scores, axis=-1, keepdims=True)
    top = xp.where(top == -xp.inf, xp.zeros_like(top), top)  # a row that may see nothing
    e = xp.exp(scores - top)
    total = xp.sum(e, axis=-1, keepdims=True)
    total = xp.where(total == 0, xp.ones_like(total), total)
    return unfolded(folded(e, groups) @ v, groups) / total, e, total


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
    band: Band,
    scale: float,
    groups: int,
    masked: bool,
) -> tuple[Array, Array, Array, Array | None]:
    """Gradients with respect to q, k, v and, if `masked`, the scores before the softmax.

    With p = e / total and r = g / total: dv = e^T r; d(scores) = p (g v^T - sum(g y)) = e (r v^T -
    sum(r y)), so neither p nor a sum over a row of scores is ever made.
    """
    xp = namespace(g)
    r = g / total
    weights = unfolded(folded(r, groups) @ xp.matrix_transpose(v), groups)
    gs = e * (weights - xp.sum(r * y, axis=-1, keepdims=True))
    down, across = folded(gs, groups), xp.matrix_transpose
    gq = unfolded(down @ k, groups) * scale
    gk = across(down) @ folded(q * scale, groups)
    gv = across(folded(e, groups)) @ folded(r, groups)
    return gq, gk, gv, gs if masked else None
