"""Layer normalisation by Numba: a row is read from memory once and stays in the cache."""

from __future__ import annotations

import numpy as np

from nt_tensor.backends.numba._math import fast
from nt_tensor.kernels._layer_norm import layer_norm, layer_norm_backward


@layer_norm.on("numba")
def _layer_norm(
    x: np.ndarray, weight: np.ndarray | None, bias: np.ndarray | None, eps: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if not fits(x, weight, bias):
        return layer_norm.bodies["numpy"](x, weight, bias, eps)  # type: ignore[no-any-return]
    n, width = x.shape
    y = np.empty(x.shape, x.dtype)
    mean, rstd = np.empty((n, 1), x.dtype), np.empty((n, 1), x.dtype)
    weight = np.ones(width, x.dtype) if weight is None else weight
    bias = np.zeros(width, x.dtype) if bias is None else bias
    number = x.dtype.type
    _forward(np.ascontiguousarray(x), weight, bias, number(eps), number(1.0), y, mean, rstd)
    return y, mean, rstd


@layer_norm_backward.on("numba")
def _layer_norm_backward(
    g: np.ndarray, x: np.ndarray, weight: np.ndarray | None, mean: np.ndarray, rstd: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if not fits(x, weight, None) or g.dtype != x.dtype:
        return layer_norm_backward.bodies["numpy"](g, x, weight, mean, rstd)  # type: ignore[no-any-return]
    width = x.shape[1]
    gx = np.empty(x.shape, x.dtype)
    gw, gb = np.zeros(width, x.dtype), np.zeros(width, x.dtype)
    weight = np.ones(width, x.dtype) if weight is None else weight
    _backward(np.ascontiguousarray(g), np.ascontiguousarray(x), weight, mean, rstd, gx, gw, gb)
    return gx, gw, gb


def fits(x: np.ndarray, weight: np.ndarray | None, bias: np.ndarray | None) -> bool:
    same = all(p is None or (p.dtype == x.dtype and p.flags.c_contiguous) for p in (weight, bias))
    return same and x.dtype in (np.float32, np.float64) and x.shape[1] > 0


@fast
def _forward(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray,
    eps: float,
    one: float,  # unknown to the compiler: without it, it would not add up the differences as such
    y: np.ndarray,
    mean: np.ndarray,
    rstd: np.ndarray,
) -> None:
    n, width = x.shape
    zero = x.dtype.type(0.0)
    count = x.dtype.type(width)
    for i in range(n):
        row, out = x[i], y[i]
        total = zero
        for j in range(width):
            total += row[j]
        m = total / count
        square, slip = zero, zero
        for j in range(width):
            c = row[j] - m
            square += c * c
            slip += c * one  # what rounding did to the mean: much, beside a large one
        slip /= count
        variance = square / count - slip * slip
        variance = zero if variance < zero else variance
        root = np.sqrt(variance + eps)
        r = one / root
        shift = slip / root  # not times r: the compiler would add slip to the mean, which rounds
        for j in range(width):
            out[j] = ((row[j] - m) * r - shift) * weight[j] + bias[j]
        mean[i, 0], rstd[i, 0] = m + slip, r


@fast
def _backward(
    g: np.ndarray,
    x: np.ndarray,
    weight: np.ndarray,
    mean: np.ndarray,
    rstd: np.ndarray,
    gx: np.ndarray,
    gw: np.ndarray,
    gb: np.ndarray,
) -> None:
    n, width = x.shape
    zero = x.dtype.type(0.0)
    count = x.dtype.type(width)
    for i in range(n):
        row, grow, out = x[i], g[i], gx[i]
        m, r = mean[i, 0], rstd[i, 0]
        first, second = zero, zero
        for j in range(width):
            h = (row[j] - m) * r
            t = grow[j] * weight[j]
            first += t
            second += t * h
            gw[j] += grow[j] * h
            gb[j] += grow[j]
        first /= count
        second /= count
        for j in range(width):
            h = (row[j] - m) * r
            out[j] = (grow[j] * weight[j] - first - h * second) * r
