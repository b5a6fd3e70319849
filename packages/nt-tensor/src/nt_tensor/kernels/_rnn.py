"""A layer of plain recurrent cells over whole sequences, and its way back through time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel
from nt_tensor.kernels._recurrent import before, renewed, spans
from nt_tensor.kernels._wide import widened

__all__ = ["rnn", "rnn_backward"]


@kernel
@widened()
def rnn(
    gates: Array, h: Array, weight: Array, relu: bool, sizes: Sequence[int], reverse: bool
) -> tuple[Array, Array]:
    """Step by step h' = tanh(gate + h W^T), or the same with relu.

    Args:
        gates: (rows, hidden), what the inputs and biases give, packed; may be overwritten.
        h: (sequences, hidden), the first state.
        weight: (hidden, hidden).
        relu: relu instead of tanh.
        sizes: how many sequences each step has.
        reverse: from the last step to the first.

    Gives (y, h): all states (rows, hidden), and the last one of each sequence.
    """
    xp = namespace(gates)
    parts = []
    for start, stop in spans(sizes, reverse):
        z = gates[start:stop] + h[: stop - start] @ weight.T
        parts.append(xp.maximum(z, xp.zeros_like(z)) if relu else xp.tanh(z))
        h = renewed(h, parts[-1])
    return xp.concat(parts[::-1] if reverse else parts), h


@kernel
@widened()
def rnn_backward(
    gy: Array,
    gh: Array,
    y: Array,
    h: Array,
    weight: Array,
    relu: bool,
    sizes: Sequence[int],
    reverse: bool,
) -> tuple[Array, Array, Array]:
    """Gradients with respect to gates, h and weight."""
    xp = namespace(gy)
    parts: list[Any] = []
    for start, stop in reversed(spans(sizes, reverse)):
        g = gh[: stop - start] + gy[start:stop]
        state = y[start:stop]
        parts.append(xp.where(state > 0, g, xp.zeros_like(g)) if relu else g * (1 - state * state))
        gh = renewed(gh, parts[-1] @ weight)
    gates = xp.concat(parts if reverse else parts[::-1])
    return gates, gh, gates.T @ before(y, h, sizes, reverse)
