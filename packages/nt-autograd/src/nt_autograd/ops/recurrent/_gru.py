"""gru: layers of gated recurrent units over whole sequences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nt_tensor import Generator, kernels

from ...primitive import primitive
from .._linear import column_sums, linear
from ._cells import gru_state
from ._layers import gates_of, input_gradients, product_cost, run_layers, scan

__all__ = ["gru"]


def gru(
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
    r"""Layers of gated recurrent units, $h_t = (1 - z_t) \, n_t + z_t \, h_{t-1}$.

    `gru_cell` has the equations of $z$ and $n$.

    Args:
        input: (time, batch, in); packed (rows, in) with `batch_sizes`.
        hx: the first states, (num_layers directions, batch, hidden).
        params: for every layer, for every direction: w_ih (3 hidden, in), w_hh (3 hidden, hidden)
            and, with `has_biases`, b_ih and b_hh (3 hidden,).
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
        >>> y, h = gru(ones(2, 1, 1), ones(1, 1, 1), [zeros(3, 1), zeros(3, 1)], False)
        >>> y.flatten().tolist()
        [0.5, 0.25]

    Source: Cho et al., Learning Phrase Representations using RNN Encoder-Decoder (2014), section
        2.3, with the reset gate after the product; PyTorch's `torch.gru`.
    """
    more = has_biases, num_layers, dropout, train, bidirectional, batch_first, batch_sizes
    y, h = run_layers("gru", 3, _gru, input, (hx,), params, *more, generator)
    return y, h


@primitive(keeps=("active", "inner"), outputs=True, promotes=True)
def _gru(
    x: Any,
    h: Any,
    w_ih: Any,
    w_hh: Any,
    b_ih: Any,
    b_hh: Any,
    /,
    sizes: tuple[int, ...],
    reverse: bool,
) -> Any:
    """One layer in one direction: all states (rows, hidden) and the last ones."""
    gates = gates_of(x, w_ih, b_ih)
    y, h, active, inner = kernels.gru(gates, h, w_hh, b_hh, sizes, reverse)
    return (y, h), active, inner


@_gru.backward
def _(
    g: Any,
    x: Any,
    h: Any,
    w_ih: Any,
    w_hh: Any,
    y: Any,
    active: Any,
    inner: Any,
    sizes: tuple[int, ...],
    reverse: bool,
    needs: tuple[bool, ...],
) -> Any:
    gates, gh, g_hh, gb = _gru_backward(g[0], g[1], y[0], h, active, inner, w_hh, sizes, reverse)
    gx, g_ih = input_gradients(gates, x, w_ih, needs)
    return gx, gh, g_ih, g_hh, column_sums(gates) if needs[4] else None, gb if needs[5] else None


@_gru.cost
def _(x_shape: tuple[int, int], w_ih_shape: Any, w_hh_shape: Any) -> int:
    return product_cost(x_shape[0], w_ih_shape, w_hh_shape)


@_gru.composed
def _(
    x: Any,
    h: Any,
    w_ih: Any,
    w_hh: Any,
    b_ih: Any,
    b_hh: Any,
    sizes: tuple[int, ...],
    reverse: bool,
) -> Any:
    def step(gates: Any, h: Any) -> tuple[Any]:
        return (gru_state(gates, linear(h, w_hh, b_hh), h),)

    return scan(step, linear(x, w_ih, b_ih), [h], sizes, reverse)


@primitive(outputs=True)
def _gru_backward(
    gy: Any,
    gh: Any,
    states: Any,
    h: Any,
    active: Any,
    inner: Any,
    w_hh: Any,
    /,
    sizes: tuple[int, ...],
    reverse: bool,
) -> Any:
    """The gradients of gates, first state, w_hh and b_hh."""
    return kernels.gru_backward(gy, gh, states, h, active, inner, w_hh, sizes, reverse)


@_gru_backward.cost
def _(gy_shape: tuple[int, int], w_hh_shape: tuple[int, int]) -> int:
    return 2 * product_cost(gy_shape[0], w_hh_shape)
