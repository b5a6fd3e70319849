"""Squared and logistic error by Numba: the sum and its slope in one pass over memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nt_tensor.backends.numba._math import F, exp32, fast
from nt_tensor.kernels._errors import logistic_error, squared_error

CHUNK = 4096  # elements summed in float32 before they go to a float64
ZERO, ONE, TWO = F(0.0), F(1.0), F(2.0)


@squared_error.on("numba")
def _squared_error(
    x: np.ndarray, target: np.ndarray, scale: float
) -> tuple[np.ndarray, np.ndarray]:
    if x.dtype != np.float32 or target.dtype != np.float32:
        return squared_error.bodies["numpy"](x, target, scale)  # type: ignore[no-any-return]
    return _map(_squares, x, target, scale)


@logistic_error.on("numba")
def _logistic_error(
    x: np.ndarray, target: np.ndarray, scale: float
) -> tuple[np.ndarray, np.ndarray]:
    if x.dtype != np.float32 or target.dtype != np.float32:
        return logistic_error.bodies["numpy"](x, target, scale)  # type: ignore[no-any-return]
    return _map(_logistic, x, target, scale)


def _map(
    loop: Callable[..., Any], x: np.ndarray, target: np.ndarray, scale: float
) -> tuple[np.ndarray, np.ndarray]:
    slope = np.empty(x.shape, x.dtype)
    flat, ends = np.ascontiguousarray(x).reshape(-1), np.ascontiguousarray(target).reshape(-1)
    total = loop(flat, ends, slope.reshape(-1), F(scale))
    return np.asarray(total * scale, np.float64), slope


@fast
def _squares(x: np.ndarray, target: np.ndarray, slope: np.ndarray, scale: Any) -> Any:
    total, twice = 0.0, TWO * scale
    for start in range(0, x.size, CHUNK):
        a, b = x[start : start + CHUNK], target[start : start + CHUNK]
        out: Any = slope[start : start + CHUNK]
        part: Any = ZERO
        for i in range(a.size):
            far = a[i] - b[i]
            part += far * far
            out[i] = far * twice
        total += part
    return total


# ln(1 + e) = 2 atanh(s) with s = e / (2 + e) <= 1/3: seven terms of its series, in powers of s^2,
# leave 2e-8 of it.
A0, A1, A2, A3, A4, A5, A6 = (F(2.0 / c) for c in (1, 3, 5, 7, 9, 11, 13))


@fast
def _logistic(x: np.ndarray, target: np.ndarray, slope: np.ndarray, scale: Any) -> Any:
    total = 0.0
    for start in range(0, x.size, CHUNK):
        a, b = x[start : start + CHUNK], target[start : start + CHUNK]
        out: Any = slope[start : start + CHUNK]
        part: Any = ZERO
        for i in range(a.size):
            v, yes = a[i], b[i]
            no = ONE - yes
            e = exp32(-abs(v))
            s = e / (TWO + e)
            q = s * s
            log = s * ((((((A6 * q + A5) * q + A4) * q + A3) * q + A2) * q + A1) * q + A0)
            small = e / (ONE + e)
            against = no if v > ZERO else yes
            along = yes if v > ZERO else no
            part += log * (yes + no) + abs(v) * against
            far = (against * (ONE - small) - along * small) * scale
            out[i] = far if v > ZERO else -far
        total += part
    return total
