"""Squared and logistic error on NumPy: cache-sized blocks."""

from __future__ import annotations

import numpy as np

from nt_tensor.kernels._errors import logistic_error, squared_error
from nt_tensor.memory import scratch

BLOCK = 1 << 14  # elements: products of longer vectors would lose digits in float32


@squared_error.on("numpy")
def _squared_error(
    x: np.ndarray, target: np.ndarray, scale: float
) -> tuple[np.ndarray, np.ndarray]:
    if x.dtype == np.float16 or target.dtype != x.dtype:
        return squared_error.reference(x, target, scale)  # type: ignore[no-any-return]
    slope, total = np.empty(x.shape, x.dtype), 0.0
    for a, b, out in _blocks(x, target, slope):
        np.subtract(a, b, out=out)
        total += float(out @ out)
        out *= 2.0 * scale
    return np.asarray(total * scale), slope


@logistic_error.on("numpy")
def _logistic_error(
    x: np.ndarray, target: np.ndarray, scale: float
) -> tuple[np.ndarray, np.ndarray]:
    if x.dtype == np.float16 or target.dtype != x.dtype:
        return logistic_error.reference(x, target, scale)  # type: ignore[no-any-return]
    slope, total = np.empty(x.shape, x.dtype), 0.0
    for a, b, out in _blocks(x, target, slope):
        size, e, s, t = (scratch(i, a.shape, a.dtype) for i in range(4))
        np.abs(a, out=size)
        np.negative(size, out=e)
        np.exp(e, out=e)
        total += float(np.log1p(e, out=s).sum())
        # By how much the loss is more, and against what the slope goes: 1 - y above 0, y below.
        np.copysign(1, a, out=t)
        against = np.subtract(0.5, b, out=out)
        against *= t
        against += 0.5
        total += float(size @ against)
        np.add(e, 1, out=s)
        np.divide(e, s, out=e)  # sigma(-|x|)
        # against (1 - e) - (1 - against) e, which would be against - e but for rounding
        np.subtract(1, e, out=s)
        s *= against
        np.subtract(1, against, out=against)
        e *= against
        s -= e
        t *= scale
        np.multiply(s, t, out=out)
    return np.asarray(total * scale), slope


def _blocks(x: np.ndarray, target: np.ndarray, slope: np.ndarray) -> list[tuple[np.ndarray, ...]]:
    """The three arrays, flat, in cache-sized parts."""
    flat = [np.ascontiguousarray(a).reshape(-1) for a in (x, target)]
    parts = (*flat, slope.reshape(-1))
    return [tuple([p[i : i + BLOCK] for p in parts]) for i in range(0, x.size, BLOCK)]
