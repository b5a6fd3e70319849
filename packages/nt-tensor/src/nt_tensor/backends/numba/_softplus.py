"""Softplus, mish and exponential linear units by Numba: one pass over memory, there and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from nt_tensor.backends.numba._compiled import compiled
from nt_tensor.backends.numba._math import F, exp32, fast
from nt_tensor.kernels import _softplus as kernels

ZERO, HALF, ONE, TWO, FOUR = F(0.0), F(0.5), F(1.0), F(2.0), F(4.0)
FLAT, GONE = F(kernels.FLAT), F(-100.0)
L1, L2, L3, L4, L5, L6, L7 = (F(1.0 / n) for n in (3, 5, 7, 9, 11, 13, 15))
E2, E3, E4, E5, E6, E7, E8 = (F(1.0 / n) for n in (2, 6, 24, 120, 720, 5040, 40320))


@fast
def log1p32(e: Any) -> Any:
    """log(1 + e) for e from 0 to 1: 2 artanh(s) with s = e / (2 + e), a series of s^2 <= 1/9."""
    s = e / (TWO + e)
    q = s * s
    series = ((((((L7 * q + L6) * q + L5) * q + L4) * q + L3) * q + L2) * q + L1) * q
    return TWO * (s + s * series)


@fast
def expm132(x: Any) -> Any:
    """exp(x) - 1 for x <= 0: its series near 0, where the difference would lose the digits."""
    series = ((((((E8 * x + E7) * x + E6) * x + E5) * x + E4) * x + E3) * x + E2) * x
    return exp32(x) - ONE if x < -HALF else x + x * series


@fast
def _softplus(x: np.ndarray, beta: Any, threshold: Any, y: np.ndarray) -> None:
    inverse = ONE / beta
    for i in range(x.size):
        v = x[i]
        scaled = beta * v
        line = ZERO if scaled <= ZERO else v  # NaN stays NaN
        bent = line + log1p32(exp32(-abs(scaled))) * inverse
        y[i] = v if scaled > threshold else bent


@fast
def _softplus_back(g: np.ndarray, x: np.ndarray, beta: Any, threshold: Any, gx: np.ndarray) -> None:
    for i in range(g.size):
        scaled = beta * x[i]
        s = ONE / (ONE + exp32(-scaled))
        gx[i] = g[i] if scaled > threshold else g[i] * s


@fast
def _mish(x: np.ndarray, y: np.ndarray) -> None:
    for i in range(x.size):
        v = x[i]
        e = exp32(FLAT if v > FLAT else v)
        n = e * (e + TWO)
        y[i] = v if v > FLAT else v * (n / (n + TWO))  # products are reordered: v n may overflow


@fast
def _mish_back(g: np.ndarray, x: np.ndarray, gx: np.ndarray) -> None:
    for i in range(g.size):
        v = FLAT if x[i] > FLAT else x[i]
        v = GONE if v < GONE else v
        e = exp32(v)
        n = e * (e + TWO)
        inverse = ONE / (n + TWO)
        gx[i] = g[i] * (n / (n + TWO) + v * ((e * (e + ONE)) * inverse * (inverse * FOUR)))


@fast
def _elu(x: np.ndarray, scale: Any, low: Any, rate: Any, y: np.ndarray) -> None:
    for i in range(x.size):
        v = x[i]
        below = expm132((v if v < ZERO else ZERO) * rate) * low
        y[i] = below if v <= ZERO else v * scale


@fast
def _elu_back(
    g: np.ndarray, x: np.ndarray, scale: Any, low: Any, rate: Any, gx: np.ndarray
) -> None:
    first = low * rate
    for i in range(g.size):
        v = x[i]
        below = exp32((v if v < ZERO else ZERO) * rate) * first
        gx[i] = g[i] * (below if v <= ZERO else scale)


compiled(kernels.softplus, _softplus)
compiled(kernels.softplus_backward, _softplus_back)
compiled(kernels.mish, _mish)
compiled(kernels.mish_backward, _mish_back)
compiled(kernels.elu, _elu)
compiled(kernels.elu_backward, _elu_back)
