"""Attention on NumPy: blocks of queries, each with the keys that it may see, everything in place.

With a causal mask a block of queries needs only the keys up to its last one, so nearly half of the
products are never made; with a sliding window it needs those of its neighbourhood. The outputs lie
in memory as (batch, time, heads, width), the layout of the projections around an attention, so that
transposing and reshaping them there costs nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from nt_tensor.kernels._attention import (
    Band,
    attention,
    attention_backward,
    blocks,
    folded,
    unfolded,
)
from nt_tensor.kernels._frugal_attention import part_of
from nt_tensor.memory import scratch

QUERIES = 64  # a block's, at most, where there is a band
UNBOUND = 512  # and where all see all: fewer would only make more and smaller products
SMALLEST, LARGEST = 1e-20, 1e20  # a sum of exponentials within lost nothing that float32 could hold


def fits(q: np.ndarray, k: np.ndarray, v: np.ndarray, mask: np.ndarray | None, groups: int) -> bool:
    """Whether the bodies here can do it; broadcasting and float16 take the reference road."""
    *batch, t, _ = q.shape
    fewer = (*batch[:-1], batch[-1] // groups) if groups > 1 else tuple(batch)
    scores = (*batch, t, k.shape[-2])
    return bool(
        k.shape[:-2] == v.shape[:-2] == fewer
        and q.dtype == k.dtype == v.dtype != np.float16
        and q.size
        and v.size
        and (mask is None or np.broadcast_shapes(mask.shape, scores) == scores)
    )


def _blocks(t: int, s: int, band: Band) -> list[tuple[int, int, int, int]]:
    if band == (None, None):
        return blocks(t, s, band, UNBOUND)
    size = min(QUERIES, max(QUERIES // 2, t // 2))  # two blocks at least, but no tiny ones
    return blocks(t, s, band, size)


def visible(
    start: int, end: int, first: int, last: int, band: Band, dtype: np.dtype
) -> np.ndarray | None:
    """(queries, keys): 1 where a query may see a key, else 0; None where all see all."""
    lower, upper = (None if bound is None else bound + start - first for bound in band)
    t, s = end - start, last - first
    if (lower is None or lower <= 1 - t) and (upper is None or upper >= s - 1):
        return None
    return _band(t, s, lower, upper, dtype)


@functools.lru_cache(maxsize=64)
def _band(t: int, s: int, lower: int | None, upper: int | None, dtype: np.dtype) -> np.ndarray:
    seen = np.ones((t, s), dtype) if upper is None else np.tri(t, s, upper, dtype)
    if lower is not None:
        seen -= np.tri(t, s, lower - 1, dtype)
    seen.flags.writeable = False
    return seen


def heads_inside(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An empty array (…, heads, time, width) that lies in memory as (…, time, heads, width)."""
    if len(shape) < 4:
        return np.empty(shape, dtype)
    *batch, heads, time, width = shape
    return np.empty((*batch, time, heads, width), dtype).swapaxes(-3, -2)


def exponentials(scores: np.ndarray, seen: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """exp(scores) and its sums over the rows; what is not seen gets 0. `scores` is overwritten.

    The weights do not depend on what a row is shifted by, and row maxima are slow. So the rows are
    not shifted, unless a sum shows that some exponential overflowed or all vanished.
    """
    ones = np.ones((scores.shape[-1], 1), scores.dtype)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is done again below
        e = np.exp(scores)
        if seen is not None:
            e *= seen
        sums = e @ ones
    if not (sums.min() > SMALLEST and sums.max() < LARGEST):
        if seen is not None:
            np.copyto(scores, -np.inf, where=seen == 0)
        top = scores.max(axis=-1, keepdims=True)
        top[top == -np.inf] = 0  # a row that may see nothing
        np.subtract(scores, top, out=e)
        np.exp(e, out=e)
        np.matmul(e, ones, out=sums)
        sums[sums == 0] = 1
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
    band: Band,
    scale: float,
    groups: int,
    exponentials: Callable[
        [np.ndarray, np.ndarray | None], tuple[np.ndarray, np.ndarray]
    ] = exponentials,
) -> tuple[np.ndarray, Any, np.ndarray]:
    """Attention by blocks of queries; `exponentials` does the element-wise part."""
    if not fits(q, k, v, mask, groups):
        return attention.reference(q, k, v, mask, band, scale, groups)  # type: ignore[no-any-return]
    *batch, t, _ = q.shape
    keys = k.swapaxes(-1, -2)
    y = heads_inside((*batch, t, v.shape[-1]), q.dtype)
    total = np.empty((*batch, t, 1), q.dtype)
    q = q * q.dtype.type(scale)
    parts = []
    for start, end, first, last in _blocks(t, k.shape[-2], band):
        scores = scratch(0, (*batch, end - start, last - first), q.dtype)
        if not scores.size:  # these may see nothing
            y[..., start:end, :], total[..., start:end, :] = 0, 1
            parts.append(np.empty(scores.shape, q.dtype))
            continue
        queries = folded(q[..., start:end, :], groups)
        np.matmul(queries, keys[..., first:last], out=folded(scores, groups))
        if mask is not None:
            scores += part_of(mask, start, end, first, last)
        seen = visible(start, end, first, last, band, q.dtype)
        e, total[..., start:end, :] = exponentials(scores, seen)
        values = v[..., first:last, :]
        if groups == 1:
            np.matmul(e, values, out=y[..., start:end, :])
        else:
            y[..., start:end, :] = unfolded(folded(e, groups) @ values, groups)
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
    band: Band,
    scale: float,
    groups: int,
    masked: bool,
    score_gradients: Callable[[np.ndarray, np.ndarray, np.ndarray], None] = score_gradients,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
    """The way back of `forward`; `score_gradients` does the element-wise part."""
    if not isinstance(e, tuple):
        return attention_backward.reference(  # type: ignore[no-any-return]
            g, q, k, v, y, e, total, band, scale, groups, masked
        )
    dtype, values = q.dtype, v.swapaxes(-1, -2)
    t, s = q.shape[-2], k.shape[-2]
    gq, gk, gv = (heads_inside(a.shape, dtype) for a in (q, k, v))
    scores = np.zeros((*q.shape[:-1], s), dtype) if masked else None
    r = g * (1.0 / total)
    offset = (r * y) @ np.ones((y.shape[-1], 1), dtype)
    begun = False
    for (start, end, first, last), part in zip(
        reversed(_blocks(t, s, band)), reversed(e), strict=True
    ):
        if not part.size:
            gq[..., start:end, :] = 0
            continue
        rows = folded(r[..., start:end, :], groups)
        gs = scratch(0, part.shape, dtype)
        down = folded(gs, groups)
        np.matmul(rows, values[..., first:last], out=down)
        score_gradients(gs, part, offset[..., start:end, :])
        if scores is not None:
            scores[..., start:end, first:last] = gs
        if groups == 1:
            np.matmul(gs, k[..., first:last, :], out=gq[..., start:end, :])
        else:
            gq[..., start:end, :] = unfolded(down @ k[..., first:last, :], groups)
        across, weights = down.swapaxes(-1, -2), folded(part, groups).swapaxes(-1, -2)
        queries = folded(q[..., start:end, :], groups)
        if not begun and last - first == s:  # as the last block does if causal: it begins the sums
            np.matmul(across, queries, out=gk)
            np.matmul(weights, rows, out=gv)
        else:
            if not begun:
                gk[...], gv[...] = 0, 0
            gk[..., first:last, :] += across @ queries
            gv[..., first:last, :] += weights @ rows
        begun = True
    if not begun:
        gk[...], gv[...] = 0, 0
    gq *= dtype.type(scale)
    gk *= dtype.type(scale)
    return gq, gk, gv, scores


attention.on("numpy")(forward)
attention_backward.on("numpy")(backward)
