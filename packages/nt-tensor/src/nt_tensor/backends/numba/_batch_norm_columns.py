"""Batch normalisation by Numba where channels have few places: a sample is a row of columns.

A column is one place of one channel; the loops run along rows, as the memory does.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nt_tensor.backends.numba._math import fast

__all__ = ["backward", "forward"]

_ROWS = 64  # added up in the array's own precision, before they go to a float64


def forward(
    x: np.ndarray, weight: np.ndarray | None, bias: np.ndarray | None, eps: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What `kernels.batch_norm` gives."""
    n, c = x.shape[:2]
    rows = np.ascontiguousarray(x).reshape(n, -1)
    of_channels = c, rows.shape[1] // c
    middle = np.full(n, 1.0 / n, x.dtype) @ rows
    totals = np.zeros((2, rows.shape[1]))
    _deviations(rows, middle, x.dtype.type(1.0), np.empty((2, rows.shape[1]), x.dtype), totals)
    totals /= n
    means = middle.astype(np.float64) + totals[0]
    mean = means.reshape(of_channels).mean(axis=1)
    apart = means.reshape(of_channels) - mean[:, None]
    own = np.maximum(totals[1] - totals[0] * totals[0], 0).reshape(of_channels)
    variance = (own + apart * apart).mean(axis=1)
    scale = 1.0 / np.sqrt(variance + eps)
    if weight is not None:
        scale *= weight
    rounded = mean.astype(x.dtype)
    shift = (rounded - mean) * scale + (0.0 if bias is None else bias)
    return affine(x, rounded, scale, shift), rounded, variance.astype(x.dtype)


def affine(x: np.ndarray, mean: Any, scale: Any, shift: Any) -> np.ndarray:
    """Each channel less its mean, times its scale, plus its shift."""
    rows = np.ascontiguousarray(x).reshape(x.shape[0], -1)
    y = np.empty(rows.shape, x.dtype)
    m, s, b = _spread(x, mean, scale, shift)
    _affine(rows, m, s, b, y)
    return y.reshape(x.shape)


def backward(
    g: np.ndarray,
    x: np.ndarray,
    weight: np.ndarray | None,
    mean: np.ndarray,
    rstd: np.ndarray,
    moving: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What `kernels.batch_norm_backward` gives."""
    n, c = x.shape[:2]
    ups, rows = [np.ascontiguousarray(a).reshape(n, -1) for a in (g, x)]
    width = rows.shape[1]
    (middle,) = _spread(x, mean)
    totals = np.zeros((2, width))
    _products(ups, rows, middle, np.empty((2, width), x.dtype), totals)
    gb, gw = totals.reshape(2, c, width // c).sum(axis=2)
    gw *= rstd
    scale = rstd if weight is None else rstd * weight
    if not moving:
        gx = affine(g, 0.0, scale, 0.0)
    else:
        count = n * (width // c)
        made = np.empty(rows.shape, x.dtype)
        s, t, u = _spread(x, scale, -scale * rstd * gw / count, -scale * gb / count)
        _slopes(ups, rows, middle, s, t, u, made)
        gx = made.reshape(x.shape)
    return gx, gw.astype(x.dtype), gb.astype(x.dtype)


def _spread(x: np.ndarray, *values: Any) -> np.ndarray:
    """Values of channels, or numbers, for each place of them."""
    c = x.shape[1]
    found = np.empty((len(values), c, x[0].size // c), x.dtype)
    for row, value in zip(found, values, strict=True):
        row[...] = np.reshape(value, (-1, 1))
    return found.reshape(len(values), -1)


@fast
def _deviations(
    x: np.ndarray, middle: np.ndarray, one: float, part: np.ndarray, totals: np.ndarray
) -> None:
    n, width = x.shape
    first, second = part[0], part[1]
    for start in range(0, n, _ROWS):
        part[:] = 0
        for i in range(start, min(start + _ROWS, n)):
            row = x[i]
            for k in range(width):
                d = row[k] - middle[k]
                first[k] += d * one  # which the compiler does not know: d stays one number
                second[k] += d * d
        for k in range(width):
            totals[0, k] += first[k]
            totals[1, k] += second[k]


@fast
def _products(
    g: np.ndarray, x: np.ndarray, middle: np.ndarray, part: np.ndarray, totals: np.ndarray
) -> None:
    n, width = x.shape
    first, second = part[0], part[1]
    for start in range(0, n, _ROWS):
        part[:] = 0
        for i in range(start, min(start + _ROWS, n)):
            up, row = g[i], x[i]
            for k in range(width):
                first[k] += up[k]
                second[k] += up[k] * (row[k] - middle[k])
        for k in range(width):
            totals[0, k] += first[k]
            totals[1, k] += second[k]


@fast
def _affine(
    x: np.ndarray, mean: np.ndarray, scale: np.ndarray, shift: np.ndarray, y: np.ndarray
) -> None:
    n, width = x.shape
    for i in range(n):
        row, out = x[i], y[i]
        for k in range(width):
            out[k] = (row[k] - mean[k]) * scale[k] + shift[k]


@fast
def _slopes(
    g: np.ndarray,
    x: np.ndarray,
    middle: np.ndarray,
    scale: np.ndarray,
    slope: np.ndarray,
    shift: np.ndarray,
    gx: np.ndarray,
) -> None:
    n, width = x.shape
    for i in range(n):
        up, row, out = g[i], x[i], gx[i]
        for k in range(width):
            out[k] = up[k] * scale[k] + ((row[k] - middle[k]) * slope[k] + shift[k])
