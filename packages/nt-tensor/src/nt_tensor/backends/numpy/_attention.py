"""Attention on NumPy: blocks of queries, each with the keys that it may see, everything in place.

With a causal mask a block of queries needs only the keys up to its last one, so nearly half of the
products are never made. The outputs lie in memory as (batch, time, heads, width), the layout of the
projections around an attention, so that transposing and reshaping them there costs nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from nt_tensor.kernels._attention import attention, attention_backward
from nt_tensor.memory import scratch

QUERIES = 64  # a block's, at most
SMALLEST, LARGEST = 1e-20, 1e30  # a sum of exponentials within lost nothing that float32 could hold


def _fits(q: np.ndarray, k: np.ndarray, v: np.ndarray, causal: bool) -> bool:
    """Whether the bodies here can do it; broadcasting and float16 take the reference road."""
    batch, t, s = q.shape[:-2], q.shape[-2], k.shape[-2]
    same = k.shape[:-2] == batch and v.shape[:-2] == batch and q.dtype == k.dtype == v.dtype
    return bool(same and q.dtype != np.float16 and q.size and s and not (causal and s < t))


def _blocks(t: int, s: int, causal: bool) -> list[tuple[int, int, int]]:
    """(first query, end of the queries, end of the keys that they see) for each block."""
    if not causal:
        return [(0, t, s)]
    size = min(QUERIES, max(QUERIES // 2, t // 2))  # two blocks at least, but no tiny ones
    return [(i, min(i + size, t), min(i + size, t) + s - t) for i in range(0, t, size)]


@functools.lru_cache(maxsize=64)
def past(t: int, s: int, dtype: np.dtype) -> np.ndarray:
    """(t, s): 1 where a query may see a key, else 0; the last query sees all of them."""
    past = np.tri(t, s, s - t, dtype)
    past.flags.writeable = False
    return past


def heads_inside(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An empty array (…, heads, time, width) that lies in memory as (…, time, heads, width)."""
    if len(shape) < 4:
        return np.empty(shape, dtype)
    *batch, heads, time, width = shape
    return np.empty((*batch, time, heads, width), dtype).swapaxes(-3, -2)


def exponentials(scores: np.ndarray, causal: bool) -> tuple[np.ndarray, np.ndarray]:
    """exp(scores) and its sums over the rows; the future gets 0. `scores` may be overwritten.

    The weights do not depend on what a row is shifted by, and row maxima are slow. So the rows are
    not shifted, unless a sum shows that some exponential overflowed or all vanished.
    """
    t, s = scores.shape[-2:]
    masked = causal and t > 1
    ones = np.ones((s, 1), scores.dtype)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is done again below
        e = np.exp(scores)
        if masked:
            e *= past(t, s, scores.dtype)
        sums = e @ ones
    if not (sums.min() > SMALLEST and sums.max() < LARGEST):
        if masked:
            np.copyto(scores, -np.inf, where=past(t, s, scores.dtype) == 0)
        np.subtract(scores, scores.max(axis=-1, keepdims=True), out=e)
        np.exp(e, out=e)
        np.matmul(e, ones, out=sums)
    return e, sums


def score_gradients(gs: np.ndarray, e: np.ndarray, offset: np.ndarray) -> None:
    """Turn gs into e (gs - offset), in place."""
    gs -= offset
    gs *= e


def forward(
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    mask: np.ndarray | None,
    causal: bool,
    scale: float,
    exponentials: Callable[[np.ndarray, bool], tuple[np.ndarray, np.ndarray]] = exponentials,
) -> tuple[np.ndarray, Any, np.ndarray]:
    """Attention by blocks of queries; `exponentials` does the element-wise part."""
    if mask is not None or not _fits(q, k, v, causal):
        return attention.reference(q, k, v, mask, causal, scale)  # type: ignore[no-any-return]
    *batch, t, _ = q.shape
    keys = k.swapaxes(-1, -2)
    y = heads_inside((*batch, t, v.shape[-1]), q.dtype)
    total = np.empty((*batch, t, 1), q.dtype)
    q = q * q.dtype.type(scale)
    parts = []
    for start, end, seen in _blocks(t, k.shape[-2], causal):
        scores = scratch(0, (*batch, end - start, seen), q.dtype)
        np.matmul(q[..., start:end, :], keys[..., :seen], out=scores)
        e, total[..., start:end, :] = exponentials(scores, causal)
        np.matmul(e, v[..., :seen, :], out=y[..., start:end, :])
        parts.append(e)
    y *= 1.0 / total
    return y, tuple(parts), total


def backward(
    g: np.ndarray,
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    y: np.ndarray,
    e: Any,
    total: np.ndarray,
    causal: bool,
    scale: float,
    score_gradients: Callable[[np.ndarray, np.ndarray, np.ndarray], None] = score_gradients,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
    """The way back of `forward`; `score_gradients` does the element-wise part."""
    if not isinstance(e, tuple):
        return attention_backward.reference(g, q, k, v, y, e, total, causal, scale)  # type: ignore[no-any-return]
    dtype, values = q.dtype, v.swapaxes(-1, -2)
    gq, gk, gv = (heads_inside(a.shape, dtype) for a in (q, k, v))
    r = g * (1.0 / total)
    offset = (r * y) @ np.ones((y.shape[-1], 1), dtype)
    blocks = _blocks(q.shape[-2], k.shape[-2], causal)
    for (start, end, seen), part in zip(reversed(blocks), reversed(e), strict=True):
        rows = r[..., start:end, :]
        gs = np.matmul(rows, values[..., :seen], out=scratch(0, part.shape, dtype))
        score_gradients(gs, part, offset[..., start:end, :])
        np.matmul(gs, k[..., :seen, :], out=gq[..., start:end, :])
        if end == q.shape[-2]:  # the last block sees all keys: it begins the sums
            np.matmul(gs.swapaxes(-1, -2), q[..., start:end, :], out=gk)
            np.matmul(part.swapaxes(-1, -2), rows, out=gv)
        else:
            gk[..., :seen, :] += gs.swapaxes(-1, -2) @ q[..., start:end, :]
            gv[..., :seen, :] += part.swapaxes(-1, -2) @ rows
    gq *= dtype.type(scale)
    gk *= dtype.type(scale)
    return gq, gk, gv, None


attention.on("numpy")(forward)
attention_backward.on("numpy")(backward)
