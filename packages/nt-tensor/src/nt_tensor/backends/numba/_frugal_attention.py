"""The element-wise part of attention in tiles by Numba: shift and exponential in one pass."""

from __future__ import annotations

import numpy as np

from nt_tensor.backends.numba._attention import score_gradients
from nt_tensor.backends.numba._math import exp32, fast
from nt_tensor.backends.numpy import _frugal_attention as tiles
from nt_tensor.kernels._attention import Band
from nt_tensor.kernels._frugal_attention import frugal_attention, frugal_attention_backward


@frugal_attention.on("numba")
def _frugal_attention(
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    mask: np.ndarray | None,
    band: Band,
    scale: float,
    groups: int,
) -> tuple[np.ndarray, np.ndarray]:
    if q.dtype != np.float32:
        return tiles.forward(q, k, v, mask, band, scale, groups)
    return tiles.forward(q, k, v, mask, band, scale, groups, _exponentials)


@frugal_attention_backward.on("numba")
def _frugal_attention_backward(
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
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
    given = (g, q, k, v, mask, y, lse, band, scale, groups, masked)
    if q.dtype != np.float32:
        return tiles.backward(*given)
    return tiles.backward(*given, _exponentials, score_gradients)


def _exponentials(scores: np.ndarray, shift: np.ndarray | None) -> None:
    rows = scores.reshape((-1, scores.shape[-1]))
    if shift is None:
        _exponential_rows(rows, np.zeros(len(rows), scores.dtype))
    else:
        _exponential_rows(rows, np.ascontiguousarray(shift).reshape(-1))


@fast
def _exponential_rows(scores: np.ndarray, shift: np.ndarray) -> None:
    """Turn scores (n, s) into exp(scores - shift), in place; shift is (n,)."""
    n, s = scores.shape
    for i in range(n):
        row, o = scores[i], shift[i]
        for j in range(s):
            row[j] = exp32(row[j] - o)
