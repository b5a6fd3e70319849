"""Batch normalisation by Numba: two walks through memory each way, in the order it lies in."""

from __future__ import annotations

from typing import Any

import numpy as np

from nt_tensor.backends.numba import _batch_norm_columns as by_columns
from nt_tensor.backends.numba._math import fast
from nt_tensor.kernels._batch_norm import batch_norm, batch_norm_backward, channel_affine

_FEW = 16  # places of a channel: below, the loops are too short to vectorise


@batch_norm.on("numba")
def _batch_norm(
    x: np.ndarray, weight: np.ndarray | None, bias: np.ndarray | None, eps: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if not fits(x):
        if few_places(x):
            return by_columns.forward(x, weight, bias, eps)
        return batch_norm.bodies["numpy"](x, weight, bias, eps)  # type: ignore[no-any-return]
    c = x.shape[1]
    moments = np.zeros((2, c))
    flat = places(x)
    _moments(flat, x.dtype.type(1.0), moments)
    mean, variance = moments.astype(x.dtype)
    scale = 1.0 / np.sqrt(moments[1] + eps)
    if weight is not None:
        scale *= weight
    y = np.empty(flat.shape, x.dtype)
    slip = mean - moments[0]  # by rounding
    m, s, b = columns(x.dtype, c, mean, scale, slip * scale + (0.0 if bias is None else bias))
    _affine(flat, m, s, b, y)
    return y.reshape(x.shape), mean, variance


@channel_affine.on("numba")
def _channel_affine(
    x: np.ndarray, mean: np.ndarray, scale: np.ndarray, bias: np.ndarray | None
) -> np.ndarray:
    if not fits(x):
        if few_places(x):
            return by_columns.affine(x, mean, scale, 0.0 if bias is None else bias)
        return channel_affine.bodies["numpy"](x, mean, scale, bias)  # type: ignore[no-any-return]
    flat = places(x)
    y = np.empty(flat.shape, x.dtype)
    m, s, b = columns(x.dtype, x.shape[1], mean, scale, 0.0 if bias is None else bias)
    _affine(flat, m, s, b, y)
    return y.reshape(x.shape)


@batch_norm_backward.on("numba")
def _batch_norm_backward(
    g: np.ndarray,
    x: np.ndarray,
    weight: np.ndarray | None,
    mean: np.ndarray,
    rstd: np.ndarray,
    moving: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if not fits(x):
        if few_places(x):
            return by_columns.backward(g, x, weight, mean, rstd, moving)
        body = batch_norm_backward.bodies["numpy"]
        return body(g, x, weight, mean, rstd, moving)  # type: ignore[no-any-return]
    c, up, flat = x.shape[1], places(g), places(x)
    sums = np.zeros((2, c))
    scale = rstd if weight is None else rstd * weight
    gx = np.empty(flat.shape, x.dtype)
    if not moving:
        m, s = columns(x.dtype, c, mean, scale)
        _scaled(up, flat, m, s, sums, gx)
    else:  # gx = scale (g - gb / m - (x - mean) rstd gw / m), all of a channel drawn together
        _sums(up, flat, mean, sums)
        count = flat.shape[0] * flat.shape[2]
        slope, shift = -scale * rstd * rstd * sums[1] / count, -scale * sums[0] / count
        m, s, t, u = columns(x.dtype, c, mean, scale, slope, shift)
        _slopes(up, flat, m, s, t, u, gx)
    gb, gw = sums[0], sums[1] * rstd
    return gx.reshape(x.shape), gw.astype(x.dtype), gb.astype(x.dtype)


def fits(x: np.ndarray) -> bool:
    """Whether the loops below are written for `x`: floats, and rows that are long enough."""
    return x.dtype in (np.float32, np.float64) and x.size >= _FEW * x.shape[0] * x.shape[1] > 0


def few_places(x: np.ndarray) -> bool:
    """Whether `x` is for the loops over columns."""
    return x.dtype in (np.float32, np.float64) and x.size > 0


def places(x: np.ndarray) -> np.ndarray:
    """`x` as contiguous (N, C, L)."""
    return np.ascontiguousarray(x).reshape(x.shape[0], x.shape[1], -1)


def columns(dtype: Any, count: int, *values: Any) -> np.ndarray:
    """The values, arrays (count,) or numbers, as rows of one array."""
    found = np.empty((len(values), count), dtype)
    for row, value in zip(found, values, strict=True):
        row[...] = value
    return found


@fast
def _moments(x: np.ndarray, one: float, moments: np.ndarray) -> None:
    """Mean and variance of each channel: of each row while it is in the cache, then drawn together.

    The compiler does not know `one`: else it would not add up the differences as such.

    Source: Chan, Golub, LeVeque, Updating formulae and a pairwise algorithm (1979).
    """
    n, c, places = x.shape
    zero, count = x.dtype.type(0.0), x.dtype.type(places)
    for i in range(n):
        share = 1.0 / (i + 1)
        for k in range(c):
            row = x[i, k]
            total = zero
            for j in range(places):
                total += row[j]
            middle = total / count
            square, rest = zero, zero
            for j in range(places):
                d = row[j] - middle
                square += d * d
                rest += d * one  # what the rounding of the mean left
            step = (middle + np.float64(rest) / places) - moments[0, k]
            moments[0, k] += step * share
            moments[1, k] += (
                np.float64(square)
                - np.float64(rest) * rest / places
                + step * step * places * (i * share)
            )
    for k in range(c):
        variance = moments[1, k] / (n * places)
        moments[1, k] = 0.0 if variance < 0.0 else variance  # rounding could leave less; NaN stays


@fast
def _affine(
    x: np.ndarray, mean: np.ndarray, scale: np.ndarray, bias: np.ndarray, y: np.ndarray
) -> None:
    n, c, places = x.shape
    for i in range(n):
        for k in range(c):
            row, out = x[i, k], y[i, k]
            m, s, b = mean[k], scale[k], bias[k]
            for j in range(places):
                out[j] = (row[j] - m) * s + b


@fast
def _sums(g: np.ndarray, x: np.ndarray, mean: np.ndarray, sums: np.ndarray) -> None:
    n, c, places = x.shape
    zero = x.dtype.type(0.0)
    for i in range(n):
        for k in range(c):
            up, row, m = g[i, k], x[i, k], mean[k]
            first, second = zero, zero
            for j in range(places):
                first += up[j]
                second += up[j] * (row[j] - m)
            sums[0, k] += first
            sums[1, k] += second


@fast
def _slopes(
    g: np.ndarray,
    x: np.ndarray,
    mean: np.ndarray,
    scale: np.ndarray,
    slope: np.ndarray,
    shift: np.ndarray,
    gx: np.ndarray,
) -> None:
    n, c, places = x.shape
    for i in range(n):
        for k in range(c):
            up, row, out = g[i, k], x[i, k], gx[i, k]
            m, s, t, u = mean[k], scale[k], slope[k], shift[k]
            for j in range(places):
                out[j] = up[j] * s + ((row[j] - m) * t + u)


@fast
def _scaled(
    g: np.ndarray,
    x: np.ndarray,
    mean: np.ndarray,
    scale: np.ndarray,
    sums: np.ndarray,
    gx: np.ndarray,
) -> None:
    n, c, places = x.shape
    zero = x.dtype.type(0.0)
    for i in range(n):
        for k in range(c):
            up, row, out, m, s = g[i, k], x[i, k], gx[i, k], mean[k], scale[k]
            first, second = zero, zero
            for j in range(places):
                out[j] = up[j] * s
                first += up[j]
                second += up[j] * (row[j] - m)
            sums[0, k] += first
            sums[1, k] += second
