"""A layer of LSTM cells on NumPy: each step is written where the gates were."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nt_tensor.backends.numpy._product import times
from nt_tensor.backends.numpy._rnn import Step, Times
from nt_tensor.kernels._lstm import lstm, lstm_backward
from nt_tensor.kernels._product import product
from nt_tensor.kernels._recurrent import before, spans
from nt_tensor.kernels._wide import widened
from nt_tensor.memory import scratch


def sigmoid_(x: np.ndarray) -> None:
    """The logistic function, in place; who calls it lets the exponential overflow."""
    np.negative(x, out=x)
    np.exp(x, out=x)
    x += 1
    np.divide(1, x, out=x)


def activate(
    gates: np.ndarray, product: np.ndarray, c: np.ndarray, cells: np.ndarray, y: np.ndarray
) -> None:
    """The gates of one step after their sigmoid or tanh, its cell state (twice) and output."""
    gates += product
    width = c.shape[1]
    i, f, g, o = (gates[:, k * width : (k + 1) * width] for k in range(4))
    sigmoid_(gates[:, : 2 * width])
    np.tanh(g, out=g)
    sigmoid_(o)
    c *= f
    np.multiply(i, g, out=y)
    c += y
    cells[...] = c
    np.tanh(c, out=y)
    y *= o


def deactivate(
    g: np.ndarray,
    gc: np.ndarray,
    active: np.ndarray,
    cells: np.ndarray,
    past: np.ndarray,
    gates: np.ndarray,
) -> None:
    """The gradients of one step's gates and of the cell state before it (in place of its own)."""
    width = cells.shape[1]
    i, f, n, o = (active[:, k * width : (k + 1) * width] for k in range(4))
    gi, gf, gn, go = (gates[:, k * width : (k + 1) * width] for k in range(4))
    tanh = np.tanh(cells)
    np.multiply(g, tanh, out=go)
    tanh *= tanh
    np.subtract(1, tanh, out=tanh)
    tanh *= o
    tanh *= g
    gc += tanh
    np.multiply(n, gc, out=gi)
    np.multiply(past, gc, out=gf)
    np.subtract(1, n * n, out=gn)
    gn *= i
    gn *= gc
    for gradient, gate in ((gi, i), (gf, f), (go, o)):
        gradient *= gate
        gradient *= 1 - gate
    gc *= f


@lstm.on("numpy")
@widened()
@np.errstate(over="ignore")
def forward(
    gates: np.ndarray,
    h: np.ndarray,
    c: np.ndarray,
    weight: np.ndarray,
    project: np.ndarray | None,
    sizes: Sequence[int],
    reverse: bool,
    step: Step = activate,
    times: Times = times,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """All outputs, the last states, and what the way back needs; `step` does one step's gates."""
    h, c = h.copy(), c.copy()
    y = np.empty((len(gates), h.shape[1]), gates.dtype)
    cells = np.empty((len(gates), c.shape[1]), gates.dtype)
    sums = scratch(0, (len(h), gates.shape[1]), gates.dtype)
    hidden = scratch(1, c.shape, gates.dtype)
    by_weight = times(weight.T)
    for start, stop in spans(sizes, reverse):
        n, out = stop - start, y[start:stop]
        by_weight(h[:n], sums[:n])
        wide = out if project is None else hidden[:n]
        step(gates[start:stop], sums[:n], c[:n], cells[start:stop], wide)
        if project is not None:
            np.matmul(wide, project.T, out=out)
        h[:n] = out
    return y, h, c, gates, cells


@lstm_backward.on("numpy")
@widened()
def backward(
    gy: np.ndarray,
    gh: np.ndarray,
    gc: np.ndarray,
    y: np.ndarray,
    h: np.ndarray,
    c: np.ndarray,
    active: np.ndarray,
    cells: np.ndarray,
    weight: np.ndarray,
    project: np.ndarray | None,
    sizes: Sequence[int],
    reverse: bool,
    step: Step = deactivate,
    times: Times = times,
) -> tuple[np.ndarray, ...]:
    """The gradients; `step` does one step's gates."""
    gh, gc, width = gh.copy(), gc.copy(), c.shape[1]
    gates = np.empty(active.shape, active.dtype)
    past = before(cells, c, sizes, reverse)
    outs = gates[:0] if project is None else np.empty(y.shape, y.dtype)
    by_weight = times(weight)
    for start, stop in reversed(spans(sizes, reverse)):
        n, rows = stop - start, slice(start, stop)
        g = gh[:n]
        g += gy[rows]
        if project is not None:
            outs[rows] = g
            g = g @ project
        step(g, gc[:n], active[rows], cells[rows], past[rows], gates[rows])
        by_weight(gates[rows], gh[:n])
    found = gates, gh, gc, product(gates.T, before(y, h, sizes, reverse))
    if project is None:
        return found
    hidden = np.tanh(cells)
    hidden *= active[:, 3 * width :]
    return *found, outs.T @ hidden
