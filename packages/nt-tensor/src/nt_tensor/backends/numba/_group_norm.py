"""Group normalisation by Numba: a group is read from memory once and stays in the cache."""

from __future__ import annotations

import numpy as np

from nt_tensor.backends.numba._batch_norm import columns, fits
from nt_tensor.backends.numba._math import fast
from nt_tensor.kernels._group_norm import group_norm, group_norm_backward


@group_norm.on("numba")
def _group_norm(
    x: np.ndarray, weight: np.ndarray | None, bias: np.ndarray | None, groups: int, eps: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if not fits(x):
        return group_norm.bodies["numpy"](x, weight, bias, groups, eps)  # type: ignore[no-any-return]
    n, c, _ = x.shape
    y = np.empty(x.shape, x.dtype)
    mean, variance = np.empty((2, n, groups), x.dtype)
    s, b = columns(x.dtype, c, 1.0 if weight is None else weight, 0.0 if bias is None else bias)
    number = x.dtype.type
    _forward(np.ascontiguousarray(x), s, b, number(eps), number(1.0), y, mean, variance)
    return y, mean, variance


@group_norm_backward.on("numba")
def _group_norm_backward(
    g: np.ndarray, x: np.ndarray, weight: np.ndarray | None, mean: np.ndarray, rstd: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if not (fits(x) and g.dtype == x.dtype):
        return group_norm_backward.bodies["numpy"](g, x, weight, mean, rstd)  # type: ignore[no-any-return]
    gx = np.empty(x.shape, x.dtype)
    (scale,) = columns(x.dtype, x.shape[1], 1.0 if weight is None else weight)
    sums = np.zeros((2, x.shape[1]))
    _backward(np.ascontiguousarray(g), np.ascontiguousarray(x), scale, mean, rstd, gx, sums)
    gw, gb = sums.astype(x.dtype)
    return gx, gw, gb


@fast
def _forward(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray,
    eps: float,
    one: float,  # unknown to the compiler: without it, it would not add up the differences as such
    y: np.ndarray,
    mean: np.ndarray,
    variance: np.ndarray,
) -> None:
    n, c, places = x.shape
    groups = mean.shape[1]
    inside = c // groups
    zero, count = x.dtype.type(0.0), x.dtype.type(inside * places)
    for i in range(n):
        for group in range(groups):
            first = group * inside
            total = zero
            for k in range(first, first + inside):
                row = x[i, k]
                for j in range(places):
                    total += row[j]
            m = total / count
            square, rest = zero, zero
            for k in range(first, first + inside):
                row = x[i, k]
                for j in range(places):
                    d = row[j] - m
                    square += d * d
                    rest += d * one  # what the rounding of the mean left
            rest /= count
            v = square / count - rest * rest
            v = zero if v < zero else v
            root = np.sqrt(v + eps)
            r = one / root
            shift = rest / root  # not times r: the compiler would add it to the mean, which rounds
            for k in range(first, first + inside):
                row, out, s, b = x[i, k], y[i, k], r * weight[k], bias[k]
                b -= shift * weight[k]
                for j in range(places):
                    out[j] = (row[j] - m) * s + b
            mean[i, group], variance[i, group] = m + rest, v


@fast
def _backward(
    g: np.ndarray,
    x: np.ndarray,
    weight: np.ndarray,
    mean: np.ndarray,
    rstd: np.ndarray,
    gx: np.ndarray,
    sums: np.ndarray,
) -> None:
    n, c, places = x.shape
    groups = mean.shape[1]
    inside = c // groups
    zero, count = x.dtype.type(0.0), x.dtype.type(inside * places)
    for i in range(n):
        for group in range(groups):
            first = group * inside
            m, r = mean[i, group], rstd[i, group]
            total, product = zero, zero
            for k in range(first, first + inside):
                up, row = g[i, k], x[i, k]
                a, b = zero, zero
                for j in range(places):
                    a += up[j]
                    b += up[j] * (row[j] - m)
                b *= r
                total += a * weight[k]
                product += b * weight[k]
                sums[0, k] += b
                sums[1, k] += a
            t = -r * r * product / count
            u = -r * total / count
            for k in range(first, first + inside):
                up, row, out, s = g[i, k], x[i, k], gx[i, k], r * weight[k]
                for j in range(places):
                    out[j] = up[j] * s + ((row[j] - m) * t + u)
