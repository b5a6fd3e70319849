"""The activations that networks are made of by Numba: one pass over memory, there and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nt_tensor.backends.numba._math import F, exp32, fast
from nt_tensor.backends.numpy._pointwise import vectors
from nt_tensor.kernel import Kernel
from nt_tensor.kernels._relu import relu, relu_backward
from nt_tensor.kernels._sigmoid import sigmoid, sigmoid_backward, swish, swish_backward
from nt_tensor.kernels._swiglu import swiglu, swiglu_backward

ZERO, ONE = F(0.0), F(1.0)


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


@fast
def _relu(x: np.ndarray, y: np.ndarray) -> None:
    for i in range(x.size):
        y[i] = ZERO if x[i] < ZERO else x[i]  # NaN stays NaN


@fast
def _relu_back(g: np.ndarray, y: np.ndarray, gx: np.ndarray) -> None:
    for i in range(g.size):
        gx[i] = ZERO if y[i] <= ZERO else g[i]


def _compiled(kernel: Kernel, loop: Callable[..., None], results: int = 1) -> None:
    """Register a loop over vectors of float32: arrays, then numbers, then what it writes."""

    @kernel.on("numba")
    def _(*arguments: Any) -> Any:
        arrays = [a for a in arguments if isinstance(a, np.ndarray)]
        if any(a.dtype != np.float32 for a in arrays):
            return kernel.bodies["numpy"](*arguments)
        flat, back = vectors(arrays)
        made = [np.empty(arrays[0].size, np.float32) for _ in range(results)]
        loop(*flat, *map(F, arguments[len(arrays) :]), *made)
        return back(made[0]) if results == 1 else tuple(map(back, made))


_compiled(sigmoid, _sigmoid)
_compiled(sigmoid_backward, _sigmoid_back)
_compiled(swish, _swish)
_compiled(swish_backward, _swish_back)
_compiled(swiglu, _swiglu)
_compiled(swiglu_backward, _swiglu_back, results=2)
_compiled(relu, _relu)
_compiled(relu_backward, _relu_back)
