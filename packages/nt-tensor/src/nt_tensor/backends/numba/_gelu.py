"""GELU by Numba: value and derivative in one pass over memory."""

from __future__ import annotations

import math

import numpy as np

from nt_tensor.backends.numba._math import F, exp32, fast, normal_cdf32
from nt_tensor.kernels._gelu import gelu

DENSITY, MINUS_HALF = F(1.0 / math.sqrt(2.0 * math.pi)), F(-0.5)


@gelu.on("numba")
def _gelu(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if x.dtype != np.float32:
        return gelu.bodies["numpy"](x)  # type: ignore[no-any-return]
    y, d = np.empty(x.shape, x.dtype), np.empty(x.shape, x.dtype)
    _loop(np.ascontiguousarray(x).reshape(-1), y.reshape(-1), d.reshape(-1))
    return y, d


@fast
def _loop(x: np.ndarray, y: np.ndarray, d: np.ndarray) -> None:
    for i in range(x.size):
        v = x[i]
        cdf = normal_cdf32(v)
        y[i] = v * cdf
        d[i] = cdf + v * exp32(v * v * MINUS_HALF) * DENSITY
