"""lstm: layers of cells with long short-term memory over whole sequences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nt_tensor import Generator, kernels

from ...primitive import primitive
from .._linear import column_sums, linear
from ._cells import lstm_state
from ._layers import gates_of, input_gradients, product_cost, run_layers, scan

__all__ = ["lstm"]


def lstm(
    input: Any,
    hx: tuple[Any, Any],
    params: Sequence[Any],
    has_biases: bool = True,
    num_layers: int = 1,
    dropout: float = 0.0,
    train: bool = False,
    bidirectional: bool = False,
    batch_first: bool = False,
    *,
    batch_sizes: Sequence[int] | None = None,
    generator: Generator | None = None,
) -> tuple[Any, Any, Any]:
    r"""Layers of LSTM cells; `lstm_cell` has the equations.

    With a projection, $h_t = W_{hr} \, \sigma(o_t) \tanh(c_t)$. There is one where the two states
    of `hx` differ in width.

    Args:
        input: (time, batch, in); packed (rows, in) with `batch_sizes`.
        hx: the first outputs and cell states, (num_layers directions, batch, out or hidden); out is
            hidden without a projection.
        params: for every layer, for every direction: w_ih (4 hidden, in), w_hh (4 hidden, out),
            with `has_biases` b_ih and b_hh (4 hidden,), and w_hr (out, hidden) of a projection.
        has_biases: whether there are biases.
        num_layers: how many layers lie above each other.
        dropout: the share of each layer's outputs but the last's that is dropped, if `train`.
        train: whether anything is dropped.
        bidirectional: whether there are two directions.
        batch_first: `input` and the outputs are (batch, time, …).
        batch_sizes: how many sequences there are at each step, falling, if their lengths differ.
        generator: draws what is dropped; the thread's default generator if None.

    Returns:
        The outputs of the last layer, (time, batch, directions out), and the last outputs and cell
        states of all layers, shaped as `hx`.

    Raises:
        ValueError: a shape or a number of parameters does not fit.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import ones, zeros
        >>> start = zeros(1, 2, 4), zeros(1, 2, 4)
        >>> y, h, c = lstm(ones(5, 2, 3), start, [ones(16, 3), zeros(16, 4)], False)
        >>> y.shape, h.shape, c.shape
        ((5, 2, 4), (1, 2, 4), (1, 2, 4))

    Source: Hochreiter, Schmidhuber, Long Short-Term Memory (1997); Sak, Senior, Beaufays, Long
        Short-Term Memory Based Recurrent Neural Network Architectures (2014), for the projection;
        PyTorch's `torch.lstm`.
    """
    h, c = hx
    more = has_biases, num_layers, dropout, train, bidirectional, batch_first, batch_sizes
    projected = h.shape[-1] != c.shape[-1]
    y, h, c = run_layers("lstm", 4, _lstm, input, (h, c), params, *more, generator, projected)
    return y, h, c


@primitive(keeps=("active", "cells"), outputs=True, promotes=True)
def _lstm(
    x: Any,
    h: Any,
    c: Any,
    w_ih: Any,
    w_hh: Any,
    b_ih: Any,
    b_hh: Any,
    w_hr: Any = None,
    /,
    sizes: tuple[int, ...] = (),
    reverse: bool = False,
) -> Any:
    """One layer in one direction: all outputs (rows, out), the last ones, the last cell states."""
    gates = gates_of(x, w_ih, None if b_ih is None else b_ih + b_hh)
    y, h, c, active, cells = kernels.lstm(gates, h, c, w_hh, w_hr, sizes, reverse)
    return (y, h, c), active, cells


@_lstm.backward
def _(
    g: Any,
    x: Any,
    h: Any,
    c: Any,
    w_ih: Any,
    w_hh: Any,
    w_hr: Any,
    y: Any,
    active: Any,
    cells: Any,
    sizes: tuple[int, ...],
    reverse: bool,
    needs: tuple[bool, ...],
) -> Any:
    found = _lstm_backward(g[0], g[1], g[2], y[0], h, c, active, cells, w_hh, w_hr, sizes, reverse)
    gates, gh, gc, g_hh, *g_hr = found
    gb = column_sums(gates)
    gx, g_ih = input_gradients(gates, x, w_ih, needs)
    biases = [gb if need else None for need in needs[5:7]]
    return gx, gh, gc, g_ih, g_hh, *biases, g_hr[0] if g_hr else None


@_lstm.cost
def _(x_shape: tuple[int, int], w_ih_shape: Any, w_hh_shape: Any, w_hr_shape: Any) -> int:
    return product_cost(x_shape[0], w_ih_shape, w_hh_shape, w_hr_shape)


@_lstm.composed
def _(
    x: Any,
    h: Any,
    c: Any,
    w_ih: Any,
    w_hh: Any,
    b_ih: Any,
    b_hh: Any,
    w_hr: Any,
    sizes: tuple[int, ...],
    reverse: bool,
) -> Any:
    def step(gates: Any, h: Any, c: Any) -> tuple[Any, Any]:
        h, c = lstm_state(gates + linear(h, w_hh, b_hh), c)
        return h if w_hr is None else linear(h, w_hr), c

    return scan(step, linear(x, w_ih, b_ih), [h, c], sizes, reverse)


@primitive(outputs=True)
def _lstm_backward(
    gy: Any,
    gh: Any,
    gc: Any,
    states: Any,
    h: Any,
    c: Any,
    active: Any,
    cells: Any,
    w_hh: Any,
    w_hr: Any,
    /,
    sizes: tuple[int, ...],
    reverse: bool,
) -> Any:
    """The gradients of gates, first output, first cell state, w_hh and, if there is one, w_hr."""
    return kernels.lstm_backward(
        gy, gh, gc, states, h, c, active, cells, w_hh, w_hr, sizes, reverse
    )


@_lstm_backward.cost
def _(gy_shape: tuple[int, int], w_hh_shape: Any, w_hr_shape: Any) -> int:
    return 2 * product_cost(gy_shape[0], w_hh_shape, w_hr_shape)
