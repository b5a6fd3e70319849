"""The element-wise part of attention by Numba: one pass forward, one for the way back."""

from __future__ import annotations

from typing import Any

import numpy as np

from nt_tensor.backends.numba._math import F, exp32, fast
from nt_tensor.backends.numpy import _attention as blocks
from nt_tensor.kernels._attention import Band, attention, attention_backward

LOWEST, ZERO, ONE = F(-np.inf), F(0.0), F(1.0)
SMALLEST, LARGEST = F(blocks.SMALLEST), F(blocks.LARGEST)


@attention.on("numba")
def _attention(
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    mask: np.ndarray | None,
    band: Band,
    scale: float,
    groups: int,
) -> tuple[np.ndarray, Any, np.ndarray]:
    if q.dtype != np.float32:
        return blocks.forward(q, k, v, mask, band, scale, groups)
    return blocks.forward(q, k, v, mask, band, scale, groups, _exponentials)


@attention_backward.on("numba")
def _attention_backward(
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
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
    return blocks.backward(g, q, k, v, y, e, total, band, scale, groups, masked, score_gradients)


def _exponentials(scores: np.ndarray, seen: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    *batch, t, s = scores.shape
    e, sums = np.empty_like(scores), np.empty((*batch, t, 1), scores.dtype)
    seen = np.ones((1, s), scores.dtype) if seen is None else seen
    _exponential_rows(
        scores.reshape((-1, t, s)), seen, e.reshape((-1, t, s)), sums.reshape((-1, t))
    )
    return e, sums


@fast
def _exponential_rows(
    scores: np.ndarray, visible: np.ndarray, e: np.ndarray, sums: np.ndarray
) -> None:
    """Exponentials of scores (n, t, s) into e, their sums (n, t); 0 where visible (t or 1, s) is 0.

    A row is shifted by its maximum only where its sum shows that it must be: maxima are slow. All
    loops run over whole rows: a ragged end would go one element at a time.
    """
    n, t, s = scores.shape
    for b in range(n):
        for i in range(t):
            row, out, see = scores[b, i], e[b, i], visible[min(i, len(visible) - 1)]
            total = ZERO
            for j in range(s):
                w = exp32(row[j]) * see[j]
                out[j] = w
                total += w
            if not (SMALLEST < total < LARGEST):
                top = LOWEST
                for j in range(s):
                    if see[j] > ZERO:
                        top = max(top, row[j])
                top = top if top > LOWEST else ZERO  # a row that may see nothing
                total = ZERO
                for j in range(s):
                    w = exp32(row[j] - top) if see[j] > ZERO else ZERO
                    out[j] = w
                    total += w
                total = total if total > ZERO else ONE
            sums[b, i] = total


def score_gradients(gs: np.ndarray, e: np.ndarray, offset: np.ndarray) -> None:
    s = gs.shape[-1]
    offset = np.ascontiguousarray(offset)
    _score_gradient_rows(gs.reshape((-1, s)), e.reshape((-1, s)), offset.reshape(-1))


@fast
def _score_gradient_rows(gs: np.ndarray, e: np.ndarray, offset: np.ndarray) -> None:
    n, s = gs.shape
    for i in range(n):
        row, weights, o = gs[i], e[i], offset[i]
        for j in range(s):
            row[j] = (row[j] - o) * weights[j]
