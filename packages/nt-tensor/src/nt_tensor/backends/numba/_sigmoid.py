"""Sigmoid and what it gates by Numba: one pass over memory, there and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from nt_tensor.backends.numba._compiled import compiled
from nt_tensor.backends.numba._math import F, exp32, fast
from nt_tensor.kernels._sigmoid import sigmoid, sigmoid_backward, swish, swish_backward
from nt_tensor.kernels._swiglu import swiglu, swiglu_backward

ONE = F(1.0)


@fast
def _sigmoid(x: np.ndarray, y: np.ndarray) -> None:
    for i in range(x.size):
        y[i] = ONE / (ONE + exp32(-x[i]))


@fast
def _sigmoid_back(g: np.ndarray, y: np.ndarray, gx: np.ndarray) -> None:
    for i in range(g.size):
        gx[i] = g[i] * (y[i] * (ONE - y[i]))


@fast
def _swish(x: np.ndarray, beta: Any, y: np.ndarray) -> None:
    for i in range(x.size):
        v = x[i]
        y[i] = v / (ONE + exp32(-beta * v))


@fast
def _swish_back(g: np.ndarray, x: np.ndarray, beta: Any, gx: np.ndarray) -> None:
    for i in range(g.size):
        v = beta * x[i]
        s = ONE / (ONE + exp32(-v))
        gx[i] = g[i] * (s * (v * (ONE - s) + ONE))


@fast
def _swiglu(gate: np.ndarray, value: np.ndarray, y: np.ndarray) -> None:
    for i in range(gate.size):
        v = gate[i]
        y[i] = v / (ONE + exp32(-v)) * value[i]


@fast
def _swiglu_back(
    g: np.ndarray, gate: np.ndarray, value: np.ndarray, ggate: np.ndarray, gvalue: np.ndarray
) -> None:
    for i in range(g.size):
        v = gate[i]
        s = ONE / (ONE + exp32(-v))
        silu = v * s
        ggate[i] = g[i] * value[i] * (s + silu * (ONE - s))
        gvalue[i] = g[i] * silu


compiled(sigmoid, _sigmoid)
compiled(sigmoid_backward, _sigmoid_back)
compiled(swish, _swish)
compiled(swish_backward, _swish_back)
compiled(swiglu, _swiglu)
compiled(swiglu_backward, _swiglu_back, results=2)
