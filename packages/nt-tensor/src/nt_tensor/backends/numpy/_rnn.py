"""A layer of plain recurrent cells on NumPy: each step is written where the gates were."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from nt_tensor.backends.numpy._product import Into, times
from nt_tensor.kernels._product import product
from nt_tensor.kernels._recurrent import before, spans
from nt_tensor.kernels._rnn import rnn, rnn_backward
from nt_tensor.kernels._wide import widened
from nt_tensor.memory import scratch

Step = Callable[..., None]
Times = Callable[[np.ndarray], Into]


def activate(gates: np.ndarray, product: np.ndarray, relu: bool) -> None:
    """The state of one step, in place of its gates."""
    gates += product
    if relu:
        np.maximum(gates, 0, out=gates)
    else:
        np.tanh(gates, out=gates)


def deactivate(g: np.ndarray, gy: np.ndarray, y: np.ndarray, relu: bool, gates: np.ndarray) -> None:
    """The gradient of one step's gates, from that of its state (in two parts)."""
    if relu:
        np.multiply(y > 0, 1, out=gates, casting="unsafe")
    else:
        np.multiply(y, y, out=gates)
        np.subtract(1, gates, out=gates)
    gates *= g + gy


@rnn.on("numpy")
@widened()
def forward(
    gates: np.ndarray,
    h: np.ndarray,
    weight: np.ndarray,
    relu: bool,
    sizes: Sequence[int],
    reverse: bool,
    step: Step = activate,
    times: Times = times,
) -> tuple[np.ndarray, np.ndarray]:
    """All states, and the last ones; `step` makes a state of gates and product."""
    h = h.copy()
    sums, by_weight = scratch(0, h.shape, h.dtype), times(weight.T)
    for start, stop in spans(sizes, reverse):
        n, state = stop - start, gates[start:stop]
        by_weight(h[:n], sums[:n])
        step(state, sums[:n], relu)
        h[:n] = state
    return gates, h


@rnn_backward.on("numpy")
@widened()
def backward(
    gy: np.ndarray,
    gh: np.ndarray,
    y: np.ndarray,
    h: np.ndarray,
    weight: np.ndarray,
    relu: bool,
    sizes: Sequence[int],
    reverse: bool,
    step: Step = deactivate,
    times: Times = times,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The gradients; `step` makes that of the gates."""
    gates, gh = np.empty(y.shape, y.dtype), gh.copy()
    by_weight = times(weight)
    for start, stop in reversed(spans(sizes, reverse)):
        n, rows = stop - start, slice(start, stop)
        step(gh[:n], gy[rows], y[rows], relu, gates[rows])
        by_weight(gates[rows], gh[:n])
    return gates, gh, product(gates.T, before(y, h, sizes, reverse))
