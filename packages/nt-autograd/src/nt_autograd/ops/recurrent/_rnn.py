"""rnn_tanh and rnn_relu: layers of plain recurrent cells over whole sequences."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from nt_tensor import Generator, kernels

from ...primitive import primitive
from .._linear import column_sums, linear
from ._cells import rnn_state
from ._layers import gates_of, input_gradients, product_cost, run_layers, scan

__all__ = ["rnn_relu", "rnn_tanh"]


def rnn_tanh(
    input: Any,
    hx: Any,
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
) -> tuple[Any, Any]:
    r"""Layers of plain recurrent cells.

    $$h_t = \tanh(W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh})$$

    The outputs of a layer are the inputs of the next. With `bidirectional` each has a second set of
    weights, which goes from the last step to the first; its outputs stand beside the others.

    Args:
        input: (time, batch, in); packed (rows, in) with `batch_sizes`.
        hx: the first states, (num_layers directions, batch, hidden).
        params: for every layer, for every direction: w_ih (hidden, in), w_hh (hidden, hidden) and,
            with `has_biases`, b_ih and b_hh (hidden,).
        has_biases: whether there are biases.
        num_layers: how many layers lie above each other.
        dropout: the share of each layer's outputs but the last's that is dropped, if `train`.
        train: whether anything is dropped.
        bidirectional: whether there are two directions.
        batch_first: `input` and the outputs are (batch, time, …).
        batch_sizes: how many sequences there are at each step, falling, if their lengths differ.
        generator: draws what is dropped; the thread's default generator if None.

    Returns:
        The states of the last layer, (time, batch, directions hidden), and the last states of all
        layers, shaped as `hx`.

    Raises:
        ValueError: a shape or a number of parameters does not fit.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import ones, zeros
        >>> y, h = rnn_tanh(ones(5, 2, 3), zeros(1, 2, 4), [ones(4, 3), zeros(4, 4)], False)
        >>> y.shape, h.shape
        ((5, 2, 4), (1, 2, 4))

    Source: Elman, Finding Structure in Time (1990); PyTorch's `torch.rnn_tanh`.
    """
    more = has_biases, num_layers, dropout, train, bidirectional, batch_first, batch_sizes
    one = functools.partial(_rnn, rectified=False)
    y, h = run_layers("rnn_tanh", 1, one, input, (hx,), params, *more, generator)
    return y, h


def rnn_relu(
    input: Any,
    hx: Any,
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
) -> tuple[Any, Any]:
    r"""Layers of rectified cells, $h_t = \max(0, W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh})$.

    Args:
        input: as for `rnn_tanh`, as is all that follows.
        hx: the first states.
        params: the weights of all layers and directions.
        has_biases: whether there are biases.
        num_layers: how many layers lie above each other.
        dropout: the share that is dropped between layers, if `train`.
        train: whether anything is dropped.
        bidirectional: whether there are two directions.
        batch_first: `input` and the outputs are (batch, time, …).
        batch_sizes: how many sequences there are at each step, if their lengths differ.
        generator: draws what is dropped.

    Returns:
        The states of the last layer, and the last states of all layers.

    Raises:
        ValueError: a shape or a number of parameters does not fit.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import ones, zeros
        >>> y, h = rnn_relu(ones(3, 1, 1), zeros(1, 1, 1), [ones(1, 1), ones(1, 1)], False)
        >>> y.flatten().tolist()
        [1.0, 2.0, 3.0]

    Source: Le, Jaitly, Hinton, A Simple Way to Initialize Recurrent Networks of Rectified Linear
        Units (2015); PyTorch's `torch.rnn_relu`.
    """
    more = has_biases, num_layers, dropout, train, bidirectional, batch_first, batch_sizes
    one = functools.partial(_rnn, rectified=True)
    y, h = run_layers("rnn_relu", 1, one, input, (hx,), params, *more, generator)
    return y, h


@primitive(outputs=True, promotes=True)
def _rnn(
    x: Any,
    h: Any,
    w_ih: Any,
    w_hh: Any,
    b_ih: Any,
    b_hh: Any,
    /,
    rectified: bool,
    sizes: tuple[int, ...],
    reverse: bool,
) -> Any:
    """One layer in one direction: all states (rows, hidden) and the last ones."""
    gates = gates_of(x, w_ih, None if b_ih is None else b_ih + b_hh)
    return kernels.rnn(gates, h, w_hh, rectified, sizes, reverse)


@_rnn.backward
def _(
    g: Any,
    x: Any,
    h: Any,
    w_ih: Any,
    w_hh: Any,
    y: Any,
    rectified: bool,
    sizes: tuple[int, ...],
    reverse: bool,
    needs: tuple[bool, ...],
) -> Any:
    gates, gh, gw = _rnn_backward(g[0], g[1], y[0], h, w_hh, rectified, sizes, reverse)
    gb = column_sums(gates)
    gx, g_ih = input_gradients(gates, x, w_ih, needs)
    return gx, gh, g_ih, gw, gb if needs[4] else None, gb if needs[5] else None


@_rnn.cost
def _(x_shape: tuple[int, int], w_ih_shape: Any, w_hh_shape: Any) -> int:
    return product_cost(x_shape[0], w_ih_shape, w_hh_shape)


@_rnn.composed
def _(
    x: Any,
    h: Any,
    w_ih: Any,
    w_hh: Any,
    b_ih: Any,
    b_hh: Any,
    rectified: bool,
    sizes: tuple[int, ...],
    reverse: bool,
) -> Any:
    def step(gates: Any, h: Any) -> tuple[Any]:
        return (rnn_state(gates + linear(h, w_hh, b_hh), rectified),)

    return scan(step, linear(x, w_ih, b_ih), [h], sizes, reverse)


@primitive(outputs=True)
def _rnn_backward(
    gy: Any,
    gh: Any,
    states: Any,
    h: Any,
    weight: Any,
    /,
    rectified: bool,
    sizes: tuple[int, ...],
    reverse: bool,
) -> Any:
    """The gradients of gates, first state and weight."""
    return kernels.rnn_backward(gy, gh, states, h, weight, rectified, sizes, reverse)


@_rnn_backward.cost
def _(gy_shape: tuple[int, int], weight_shape: tuple[int, int]) -> int:
    return product_cost(gy_shape[0], weight_shape, weight_shape)
