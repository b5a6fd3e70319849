"""Layer and root-mean-square normalisation on NumPy: blocks of rows, sums as matrix products."""

from __future__ import annotations

import functools

import numpy as np

from nt_tensor.kernels._layer_norm import layer_norm, layer_norm_backward
from nt_tensor.kernels._rms_norm import rms_norm, rms_norm_backward
from nt_tensor.memory import BLOCK, scratch


@functools.lru_cache(maxsize=64)
def mean_of(width: int, dtype: np.dtype) -> np.ndarray:
    """The column that takes a row's mean as a matrix product: several times faster than `mean`."""
    return np.full((width, 1), 1.0 / width, dtype)


def _rows(width: int) -> int:
    return max(1, 2 * BLOCK // max(1, width))


@layer_norm.on("numpy")
def _layer_norm(
    x: np.ndarray, weight: np.ndarray | None, bias: np.ndarray | None, eps: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n, width = x.shape
    if (
        x.dtype == np.float16 or not width
    ):  # float16 sums would overflow; widen as the reference does
        return layer_norm.reference(x, weight, bias, eps)  # type: ignore[no-any-return]
    y = np.empty(x.shape, x.dtype)
    ones = mean_of(width, x.dtype)
    mean, rstd = x @ ones, np.empty((n, 1), x.dtype)
    step = _rows(width)
    for i in range(0, n, step):
        part, out = x[i : i + step], y[i : i + step]
        np.subtract(part, mean[i : i + step], out=out)
        slip = out @ ones  # what rounding did to the mean: much, beside a large one
        out -= slip
        mean[i : i + step] += slip
        square = np.multiply(out, out, out=scratch(0, out.shape, out.dtype))
        r = np.matmul(square, ones, out=rstd[i : i + step])
        r += eps
        np.sqrt(r, out=r)
        np.reciprocal(r, out=r)
        out *= r
        if weight is not None:
            out *= weight
        if bias is not None:
            out += bias
    return y, mean, rstd


@layer_norm_backward.on("numpy")
def _layer_norm_backward(
    g: np.ndarray, x: np.ndarray, weight: np.ndarray | None, mean: np.ndarray, rstd: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n, width = x.shape
    if x.dtype == np.float16 or not width:
        return layer_norm_backward.reference(g, x, weight, mean, rstd)  # type: ignore[no-any-return]
    gx = np.empty(x.shape, x.dtype)
    gw, gb = np.zeros(width, x.dtype), np.zeros(width, x.dtype)
    mean_column = mean_of(width, x.dtype)
    step = _rows(width)
    for i in range(0, n, step):
        gi, r, out = g[i : i + step], rstd[i : i + step], gx[i : i + step]
        ones = np.ones(len(gi), x.dtype)
        xhat = np.subtract(x[i : i + step], mean[i : i + step], out=scratch(0, out.shape, x.dtype))
        xhat *= r
        product = np.multiply(gi, xhat, out=scratch(1, out.shape, x.dtype))
        gw += ones @ product
        gb += ones @ gi
        if weight is not None:
            product *= weight
            gi = np.multiply(gi, weight, out=scratch(2, out.shape, x.dtype))
        xhat *= product @ mean_column
        np.subtract(gi, xhat, out=out)
        out -= gi @ mean_column
        out *= r
    return gx, gw, gb


@rms_norm.on("numpy")
def _rms_norm(
    x: np.ndarray, weight: np.ndarray | None, eps: float
) -> tuple[np.ndarray, np.ndarray]:
    n, width = x.shape
    if x.dtype == np.float16 or not width:
        return rms_norm.reference(x, weight, eps)  # type: ignore[no-any-return]
    y, rrms = np.empty(x.shape, x.dtype), np.empty((n, 1), x.dtype)
    ones, step = mean_of(width, x.dtype), _rows(width)
    for i in range(0, n, step):
        part, out = x[i : i + step], y[i : i + step]
        np.multiply(part, part, out=out)
        r = np.matmul(out, ones, out=rrms[i : i + step])
        r += eps
        np.sqrt(r, out=r)
        np.reciprocal(r, out=r)
        np.multiply(part, r, out=out)
        if weight is not None:
            out *= weight
    return y, rrms


@rms_norm_backward.on("numpy")
def _rms_norm_backward(
    g: np.ndarray, x: np.ndarray, weight: np.ndarray | None, rrms: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    n, width = x.shape
    if x.dtype == np.float16 or not width:
        return rms_norm_backward.reference(g, x, weight, rrms)  # type: ignore[no-any-return]
    gx, gw = np.empty(x.shape, x.dtype), np.zeros(width, x.dtype)
    mean_column, step = mean_of(width, x.dtype), _rows(width)
    for i in range(0, n, step):
        gi, r, out = g[i : i + step], rrms[i : i + step], gx[i : i + step]
        xhat = np.multiply(x[i : i + step], r, out=scratch(0, out.shape, x.dtype))
        product = np.multiply(gi, xhat, out=scratch(1, out.shape, x.dtype))
        gw += np.ones(len(gi), x.dtype) @ product
        if weight is not None:
            product *= weight
            gi = np.multiply(gi, weight, out=scratch(2, out.shape, x.dtype))
        xhat *= product @ mean_column
        np.subtract(gi, xhat, out=out)
        out *= r
    return gx, gw
