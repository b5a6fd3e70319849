"""Root-mean-square normalisation by Numba: a row is read from memory once, stays in the cache."""

from __future__ import annotations

import numpy as np

from nt_tensor.backends.numba._layer_norm import fits
from nt_tensor.backends.numba._math import fast
from nt_tensor.kernels._rms_norm import rms_norm, rms_norm_backward


@rms_norm.on("numba")
def _rms_norm(
    x: np.ndarray, weight: np.ndarray | None, eps: float
) -> tuple[np.ndarray, np.ndarray]:
    if not fits(x, weight, None):
        return rms_norm.bodies["numpy"](x, weight, eps)  # type: ignore[no-any-return]
    n, width = x.shape
    y, rrms = np.empty(x.shape, x.dtype), np.empty((n, 1), x.dtype)
    weight = np.ones(width, x.dtype) if weight is None else weight
    _forward(np.ascontiguousarray(x), weight, x.dtype.type(eps), y, rrms)
    return y, rrms


@rms_norm_backward.on("numba")
def _rms_norm_backward(
    g: np.ndarray, x: np.ndarray, weight: np.ndarray | None, rrms: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    if not fits(x, weight, None) or g.dtype != x.dtype:
        return rms_norm_backward.bodies["numpy"](g, x, weight, rrms)  # type: ignore[no-any-return]
    width = x.shape[1]
    gx, gw = np.empty(x.shape, x.dtype), np.zeros(width, x.dtype)
    weight = np.ones(width, x.dtype) if weight is None else weight
    _backward(np.ascontiguousarray(g), np.ascontiguousarray(x), weight, rrms, gx, gw)
    return gx, gw


@fast
def _forward(
    x: np.ndarray, weight: np.ndarray, eps: float, y: np.ndarray, rrms: np.ndarray
) -> None:
    n, width = x.shape
    zero, one, count = x.dtype.type(0.0), x.dtype.type(1.0), x.dtype.type(width)
    for i in range(n):
        row, out = x[i], y[i]
        square = zero
        for j in range(width):
            square += row[j] * row[j]
        r = one / np.sqrt(square / count + eps)
        for j in range(width):
            out[j] = row[j] * r * weight[j]
        rrms[i, 0] = r


@fast
def _backward(
    g: np.ndarray,
    x: np.ndarray,
    weight: np.ndarray,
    rrms: np.ndarray,
    gx: np.ndarray,
    gw: np.ndarray,
) -> None:
    n, width = x.shape
    zero, count = x.dtype.type(0.0), x.dtype.type(width)
    for i in range(n):
        row, up, out, r = x[i], g[i], gx[i], rrms[i, 0]
        product = zero
        for j in range(width):
            h = row[j] * r
            product += up[j] * weight[j] * h
            gw[j] += up[j] * h
        share = r * product / count
        for j in range(width):
            out[j] = (up[j] * weight[j] - row[j] * share) * r
