"""Attention in blocks of queries and keys on NumPy: one tile of scores at a time, in place.

Row maxima are slow. So a block of queries first goes without the online softmax's shift; only where
a sum shows that an exponential overflowed or all vanished is it done again with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np

from nt_tensor.backends.numpy import _attention as plain
from nt_tensor.kernels._attention import Band, blocks, folded, unfolded
from nt_tensor.kernels._frugal_attention import (
    frugal_attention,
    frugal_attention_backward,
    part_of,
    tiles,
)
from nt_tensor.memory import scratch

TILE = 1 << 19  # scores, of all heads together: they fit into a core's second-level cache
Exponentials: TypeAlias = Callable[[np.ndarray, np.ndarray | None], None]


def _sizes(batch: list[int], s: int) -> tuple[int, int]:
    """How many queries and keys a tile has."""
    heads = int(np.prod(batch))
    keys = max(64, min(512, s))
    return max(32, min(256, TILE // max(1, heads * keys))), keys


def exponentials(scores: np.ndarray, shift: np.ndarray | None) -> None:
    """Turn scores into exp(scores - shift), in place."""
    if shift is not None:
        scores -= shift
    np.exp(scores, out=scores)


def _tiles(
    rows: np.ndarray,
    k: np.ndarray,
    mask: np.ndarray | None,
    band: Band,
    block: tuple[int, int, int, int],
    batch: list[int],
    groups: int,
    size: int,
) -> Iterator[tuple[int, int, np.ndarray]]:
    """(first key, end of the keys, scores) tile by tile, all in the same memory."""
    start, end, first, last = block
    for a, b in tiles(first, last, size):
        a, b = max(a, first), min(b, last)
        scores = scratch(0, (*batch, end - start, b - a), rows.dtype)
        np.matmul(rows, k[..., a:b, :].swapaxes(-1, -2), out=folded(scores, groups))
        if mask is not None:
            scores += part_of(mask, start, end, a, b)
        seen = plain.visible(start, end, a, b, band, rows.dtype)
        if seen is not None:
            np.copyto(scores, -np.inf, where=seen == 0)
        yield a, b, scores


def forward(
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    mask: np.ndarray | None,
    band: Band,
    scale: float,
    groups: int,
    exponentials: Exponentials = exponentials,
) -> tuple[np.ndarray, np.ndarray]:
    """Attention by tiles; `exponentials` does the element-wise part."""
    if not plain.fits(q, k, v, mask, groups):
        return frugal_attention.reference(q, k, v, mask, band, scale, groups)  # type: ignore[no-any-return]
    *batch, t, _ = q.shape
    dtype = q.dtype
    queries, keys = _sizes(batch, k.shape[-2])
    y, lse = plain.heads_inside((*batch, t, v.shape[-1]), dtype), np.empty((*batch, t, 1), dtype)

    def gathered(rows: np.ndarray, block: tuple[int, int, int, int], online: bool) -> bool:
        """Fill y and lse for a block; False if the sums ask for the online softmax."""
        start, end, _, _ = block
        out = np.zeros((*rows.shape[:-1], v.shape[-1]), dtype)  # folded
        total = np.zeros((*batch, end - start, 1), dtype)
        top = np.full(total.shape, -np.inf, dtype)
        shift: np.ndarray | None = None
        for a, b, scores in _tiles(rows, k, mask, band, block, batch, groups, keys):
            if online:
                higher = np.maximum(top, scores.max(axis=-1, keepdims=True))
                shift = np.where(higher == -np.inf, dtype.type(0), higher)
                shrink = np.exp(top - shift)
                out *= folded(shrink, groups)
                total *= shrink
                top = higher
            exponentials(scores, shift)
            total += scores @ np.ones((b - a, 1), dtype)
            out += folded(scores, groups) @ v[..., a:b, :]
        if not online and not (total.min() > plain.SMALLEST and total.max() < plain.LARGEST):
            return False
        blind = total == 0
        total[blind] = 1
        logarithm = np.log(total) if shift is None else np.log(total) + shift
        logarithm[blind] = np.inf  # so that the weights come out as 0
        lse[..., start:end, :] = logarithm
        np.divide(unfolded(out, groups), total, out=y[..., start:end, :])
        return True

    for block in blocks(t, k.shape[-2], band, queries):
        rows = folded(q[..., block[0] : block[1], :] * dtype.type(scale), groups)
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is done again
            gathered(rows, block, False) or gathered(rows, block, True)
    return y, lse


def backward(
    g: np.ndarray,
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    mask: np.ndarray | None,
    y: np.ndarray,
    lse: np.ndarray,
    band: Band,
    scale: float,
    groups: int,
    masked: bool,
    exponentials: Exponentials = exponentials,
    score_gradients: Callable[[np.ndarray, np.ndarray, np.ndarray], None] = plain.score_gradients,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
    """The way back of `forward`, by the same tiles."""
    if not plain.fits(q, k, v, mask, groups):
        return frugal_attention_backward.reference(  # type: ignore[no-any-return]
            g, q, k, v, mask, y, lse, band, scale, groups, masked
        )
    *batch, t, _ = q.shape
    dtype = q.dtype
    queries, keys = _sizes(batch, k.shape[-2])
    gq, gk, gv = (plain.heads_inside(a.shape, dtype) for a in (q, k, v))
    gk[...], gv[...] = 0, 0
    gm = np.zeros(mask.shape, dtype) if mask is not None and masked else None
    for block in blocks(t, k.shape[-2], band, queries):
        start, end, _, _ = block
        rows = folded(q[..., start:end, :] * dtype.type(scale), groups)
        upper = g[..., start:end, :]
        offset = (upper * y[..., start:end, :]) @ np.ones((y.shape[-1], 1), dtype)
        down = folded(upper, groups)
        out = np.zeros(rows.shape, dtype)
        for a, b, weights in _tiles(rows, k, mask, band, block, batch, groups, keys):
            exponentials(weights, lse[..., start:end, :])
            gs = scratch(1, weights.shape, dtype)
            across = folded(gs, groups)
            np.matmul(down, v[..., a:b, :].swapaxes(-1, -2), out=across)
            score_gradients(gs, weights, offset)
            gv[..., a:b, :] += folded(weights, groups).swapaxes(-1, -2) @ down
            gk[..., a:b, :] += across.swapaxes(-1, -2) @ rows
            out += across @ k[..., a:b, :]
            if gm is not None:
                place = part_of(gm, start, end, a, b)
                place += _summed(gs, place.shape)
        np.multiply(unfolded(out, groups), dtype.type(scale), out=gq[..., start:end, :])
    return gq, gk, gv, gm


def _summed(x: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """`x` summed over the axes along which `shape` was broadcast to it."""
    x = x.sum(axis=tuple(range(x.ndim - len(shape))))
    alone = tuple(i for i, n in enumerate(shape) if n == 1)
    return np.asarray(x.sum(axis=alone, keepdims=True) if alone else x)


frugal_attention.on("numpy")(forward)
frugal_attention_backward.on("numpy")(backward)
