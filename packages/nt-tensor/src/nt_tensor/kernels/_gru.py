"""A layer of GRU cells over whole sequences, and its way back through time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel
from nt_tensor.kernels._recurrent import before, renewed, spans
from nt_tensor.kernels._sigmoid import sigmoid
from nt_tensor.kernels._wide import widened

__all__ = ["gru", "gru_backward"]


@kernel
@widened()
def gru(
    gates: Array,
    h: Array,
    weight: Array,
    bias: Array | None,
    sizes: Sequence[int],
    reverse: bool,
) -> tuple[Array, Array, Array, Array]:
    """r, z = sigmoid(gate + p), n = tanh(gate + r p), h' = (1 - z) n + z h, where p = h W^T + b.

    Args:
        gates: (rows, 3 hidden), what the inputs give to r, z and n, packed; may be overwritten.
        h: (sequences, hidden), the first state.
        weight: (3 hidden, hidden).
        bias: (3 hidden,), or None.
        sizes: how many sequences each step has.
        reverse: from the last step to the first.

    Gives (y, h, active, inner): all states (rows, hidden), the last one of each sequence, r, z and
    n (rows, 3 hidden), and the part of p that goes into n (rows, hidden).
    """
    xp = namespace(gates)
    width = h.shape[1]
    steps: list[tuple[Any, Any, Any]] = []
    for start, stop in spans(sizes, reverse):
        state, gate = h[: stop - start], gates[start:stop]
        p = state @ weight.T
        if bias is not None:
            p = p + bias
        both = sigmoid(gate[:, : 2 * width] + p[:, : 2 * width])
        r, z = both[:, :width], both[:, width:]
        n = xp.tanh(gate[:, 2 * width :] + r * p[:, 2 * width :])
        y = n + z * (state - n)
        steps.append((y, xp.concat([both, n], axis=1), p[:, 2 * width :]))
        h = renewed(h, y)
    ys, active, inner = zip(*(steps[::-1] if reverse else steps), strict=True)
    return xp.concat(ys), h, xp.concat(active), xp.concat(inner)


@kernel
@widened()
def gru_backward(
    gy: Array,
    gh: Array,
    y: Array,
    h: Array,
    active: Array,
    inner: Array,
    weight: Array,
    sizes: Sequence[int],
    reverse: bool,
) -> tuple[Array, Array, Array, Array]:
    """Gradients with respect to gates, h, weight and bias."""
    xp = namespace(gy)
    width = h.shape[1]
    r, z, n = (active[:, k * width : (k + 1) * width] for k in range(3))
    past = before(y, h, sizes, reverse)
    slope_n = (1 - z) * (1 - n * n)
    # What the gradients of r, z, n, and of the part of p in n, have besides that of the output.
    slopes = [slope_n * inner * r * (1 - r), (past - n) * z * (1 - z), slope_n, slope_n * r]
    parts: list[Any] = []
    for start, stop in reversed(spans(sizes, reverse)):
        rows = slice(start, stop)
        g = gh[: stop - start] + gy[rows]
        parts.append(xp.concat([g * slope[rows] for slope in slopes], axis=1))
        p = xp.concat([parts[-1][:, : 2 * width], parts[-1][:, 3 * width :]], axis=1)
        gh = renewed(gh, p @ weight + g * z[rows])
    found = xp.concat(parts if reverse else parts[::-1])
    p = xp.concat([found[:, : 2 * width], found[:, 3 * width :]], axis=1)
    return found[:, : 3 * width], gh, p.T @ past, xp.sum(p, axis=0)
