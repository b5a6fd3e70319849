"""GELU by Numba: value and derivative in one pass over memory."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from nt_tensor.backends.numba._math import F, exp32, fast, normal_cdf32
from nt_tensor.kernels._gelu import gelu, gelu_tanh

DENSITY, MINUS_HALF, ONE, TWO = F(1.0 / math.sqrt(2.0 * math.pi)), F(-0.5), F(1.0), F(2.0)
ROOT, CUBIC = F(math.sqrt(2.0 / math.pi)), F(0.044715)
TRIPLE = F(3.0 * 0.044715)


@gelu.on("numba")
def _gelu(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if x.dtype != np.float32:
        return gelu.bodies["numpy"](x)  # type: ignore[no-any-return]
    return _map(_exact, x)


@gelu_tanh.on("numba")
def _gelu_tanh(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if x.dtype != np.float32:
        return gelu_tanh.bodies["numpy"](x)  # type: ignore[no-any-return]
    return _map(_by_tanh, x)


def _map(loop: Callable[..., None], x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    y, slope = np.empty(x.shape, x.dtype), np.empty(x.shape, x.dtype)
    loop(np.ascontiguousarray(x).reshape(-1), y.reshape(-1), slope.reshape(-1))
    return y, slope


@fast
def _exact(x: np.ndarray, y: np.ndarray, slope: np.ndarray) -> None:
    for i in range(x.size):
        v = x[i]
        cdf = normal_cdf32(v)
        y[i] = v * cdf
        slope[i] = cdf + v * exp32(v * v * MINUS_HALF) * DENSITY


@fast
def _by_tanh(x: np.ndarray, y: np.ndarray, slope: np.ndarray) -> None:
    for i in range(x.size):
        v = x[i]
        square = v * v
        q = ROOT * v * (ONE + CUBIC * square)
        share = ONE / (ONE + exp32(-TWO * q))  # (1 + tanh q) / 2
        y[i] = v * share
        slope[i] = share + TWO * v * share * (ONE - share) * ROOT * (ONE + TRIPLE * square)
