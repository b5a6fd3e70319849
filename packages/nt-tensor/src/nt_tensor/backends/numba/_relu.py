"""Rectifiers by Numba: one pass over memory, there and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from nt_tensor.backends.numba._compiled import compiled
from nt_tensor.backends.numba._math import F, fast
from nt_tensor.kernels._relu import (
    hardswish,
    hardswish_backward,
    hardtanh_backward,
    leaky_relu,
    leaky_relu_backward,
    relu,
    relu_backward,
)

ZERO, HALF, ONE, THREE, SIX = F(0.0), F(0.5), F(1.0), F(3.0), F(6.0)
THIRD, SIXTH = F(1.0 / 3.0), F(1.0 / 6.0)


@fast
def _relu(x: np.ndarray, y: np.ndarray) -> None:
    for i in range(x.size):
        y[i] = ZERO if x[i] < ZERO else x[i]  # NaN stays NaN


@fast
def _relu_back(g: np.ndarray, y: np.ndarray, gx: np.ndarray) -> None:
    for i in range(g.size):
        gx[i] = ZERO if y[i] <= ZERO else g[i]


@fast
def _leak(x: np.ndarray, slope: Any, y: np.ndarray) -> None:
    for i in range(x.size):
        v = x[i]
        y[i] = v if v > ZERO else v * slope


@fast
def _leak_back(g: np.ndarray, x: np.ndarray, slope: Any, gx: np.ndarray) -> None:
    for i in range(g.size):
        gx[i] = g[i] if x[i] > ZERO else g[i] * slope


@fast
def _hardtanh_back(g: np.ndarray, x: np.ndarray, low: Any, high: Any, gx: np.ndarray) -> None:
    for i in range(g.size):
        gx[i] = ZERO if (x[i] <= low) | (x[i] >= high) else g[i]


@fast
def _hardswish(x: np.ndarray, y: np.ndarray) -> None:
    for i in range(x.size):
        v = x[i]
        gate = v + THREE
        gate = ZERO if gate < ZERO else gate
        gate = SIX if gate > SIX else gate
        y[i] = gate * SIXTH * v


@fast
def _hardswish_back(g: np.ndarray, x: np.ndarray, gx: np.ndarray) -> None:
    for i in range(g.size):
        v = x[i]
        slope = v * THIRD + HALF if v < THREE else ONE
        gx[i] = g[i] * (ZERO if v <= -THREE else slope)


compiled(relu, _relu)
compiled(relu_backward, _relu_back)
compiled(leaky_relu, _leak)
compiled(leaky_relu_backward, _leak_back)
compiled(hardtanh_backward, _hardtanh_back)
compiled(hardswish, _hardswish)
compiled(hardswish_backward, _hardswish_back)
