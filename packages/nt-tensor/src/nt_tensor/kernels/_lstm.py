"""A layer of LSTM cells over whole sequences, and its way back through time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel
from nt_tensor.kernels._recurrent import before, renewed, spans
from nt_tensor.kernels._sigmoid import sigmoid
from nt_tensor.kernels._wide import widened

__all__ = ["lstm", "lstm_backward"]


@kernel
@widened()
def lstm(
    gates: Array,
    h: Array,
    c: Array,
    weight: Array,
    project: Array | None,
    sizes: Sequence[int],
    reverse: bool,
) -> tuple[Array, Array, Array, Array, Array]:
    """(i, f, g, o) = gate + h W^T; c' = s(f) c + s(i) tanh(g); h' = s(o) tanh(c') P^T, s = sigmoid.

    Args:
        gates: (rows, 4 hidden), what the inputs and biases give, packed; may be overwritten.
        h: (sequences, out), the first output.
        c: (sequences, hidden), the first cell state.
        weight: (4 hidden, out).
        project: (out, hidden), or None for none: out is hidden then.
        sizes: how many sequences each step has.
        reverse: from the last step to the first.

    Gives (y, h, c, active, cells): all outputs (rows, out), the last output and cell state of each
    sequence, the gates after their sigmoid or tanh, and all cell states (rows, hidden).
    """
    xp = namespace(gates)
    width = c.shape[1]
    steps: list[tuple[Any, Any, Any]] = []
    for start, stop in spans(sizes, reverse):
        n = stop - start
        z = gates[start:stop] + h[:n] @ weight.T
        both, o = sigmoid(z[:, : 2 * width]), sigmoid(z[:, 3 * width :])
        g = xp.tanh(z[:, 2 * width : 3 * width])
        cell = both[:, width:] * c[:n] + both[:, :width] * g
        y = o * xp.tanh(cell)
        if project is not None:
            y = y @ project.T
        steps.append((y, xp.concat([both, g, o], axis=1), cell))
        h, c = renewed(h, y), renewed(c, cell)
    ys, active, cells = zip(*(steps[::-1] if reverse else steps), strict=True)
    return xp.concat(ys), h, c, xp.concat(active), xp.concat(cells)


@kernel
@widened()
def lstm_backward(
    gy: Array,
    gh: Array,
    gc: Array,
    y: Array,
    h: Array,
    c: Array,
    active: Array,
    cells: Array,
    weight: Array,
    project: Array | None,
    sizes: Sequence[int],
    reverse: bool,
) -> tuple[Array, ...]:
    """Gradients with respect to gates, h, c, weight and, where there is one, project."""
    xp = namespace(gy)
    width = c.shape[1]
    i, f, g, o = (active[:, k * width : (k + 1) * width] for k in range(4))
    tanh = xp.tanh(cells)
    # What each gate's gradient has besides that of the cell state; for o, that of the output.
    slopes = [g * i * (1 - i), before(cells, c, sizes, reverse) * f * (1 - f), i * (1 - g * g)]
    slope_o, slope_c = tanh * o * (1 - o), o * (1 - tanh * tanh)
    parts: list[Any] = []
    outs: list[Any] = []  # gradients of the outputs
    for start, stop in reversed(spans(sizes, reverse)):
        n, rows = stop - start, slice(start, stop)
        out = gh[:n] + gy[rows]
        outs.append(out)
        if project is not None:
            out = out @ project
        cell = gc[:n] + out * slope_c[rows]
        parts.append(xp.concat([*[cell * s[rows] for s in slopes], out * slope_o[rows]], axis=1))
        gh, gc = renewed(gh, parts[-1] @ weight), renewed(gc, cell * f[rows])
    gates = xp.concat(parts if reverse else parts[::-1])
    found = gates, gh, gc, gates.T @ before(y, h, sizes, reverse)
    if project is None:
        return found
    return *found, xp.concat(outs if reverse else outs[::-1]).T @ (o * tanh)
