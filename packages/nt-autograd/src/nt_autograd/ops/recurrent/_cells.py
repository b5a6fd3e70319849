"""One step of each recurrent cell, as the equations say it."""

from __future__ import annotations

from typing import Any

from .._concat import chunk
from .._hyperbolic import tanh
from .._linear import linear
from ..activations import relu, sigmoid
from ._layers import check_weights

__all__ = ["gru_cell", "lstm_cell", "rnn_relu_cell", "rnn_tanh_cell"]


def rnn_tanh_cell(
    input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None
) -> Any:
    r"""One step of a plain recurrent cell, $h' = \tanh(W_{ih} x + b_{ih} + W_{hh} h + b_{hh})$.

    Args:
        input: x, (…, in).
        hx: h, (…, hidden).
        w_ih: (hidden, in).
        w_hh: (hidden, hidden).
        b_ih: (hidden,), or None.
        b_hh: (hidden,), or None.

    Returns:
        h', (…, hidden).

    Raises:
        ValueError: a shape does not fit.

    Example:
        >>> from nt_autograd import tensor
        >>> one = tensor([[1.0]])
        >>> rnn_tanh_cell(tensor([0.25]), tensor([0.25]), one, one)
        tensor([0.4621...])

    Source: Elman, Finding Structure in Time (1990); PyTorch's `torch.rnn_tanh_cell`.
    """
    check_weights("rnn_tanh_cell", 1, input, hx, hx, (w_ih, w_hh, b_ih, b_hh))
    return rnn_state(linear(input, w_ih, b_ih) + linear(hx, w_hh, b_hh), False)


def rnn_relu_cell(
    input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None
) -> Any:
    r"""One step of a plain cell, $h' = \max(0, W_{ih} x + b_{ih} + W_{hh} h + b_{hh})$.

    Args:
        input: x, (…, in).
        hx: h, (…, hidden).
        w_ih: (hidden, in).
        w_hh: (hidden, hidden).
        b_ih: (hidden,), or None.
        b_hh: (hidden,), or None.

    Returns:
        h', (…, hidden).

    Raises:
        ValueError: a shape does not fit.

    Example:
        >>> from nt_autograd import tensor
        >>> one = tensor([[1.0]])
        >>> rnn_relu_cell(tensor([2.0]), tensor([0.5]), one, one)
        tensor([2.5])

    Source: Le, Jaitly, Hinton, A Simple Way to Initialize Recurrent Networks of Rectified Linear
        Units (2015); PyTorch's `torch.rnn_relu_cell`.
    """
    check_weights("rnn_relu_cell", 1, input, hx, hx, (w_ih, w_hh, b_ih, b_hh))
    return rnn_state(linear(input, w_ih, b_ih) + linear(hx, w_hh, b_hh), True)


def lstm_cell(
    input: Any,
    hx: tuple[Any, Any],
    w_ih: Any,
    w_hh: Any,
    b_ih: Any = None,
    b_hh: Any = None,
) -> tuple[Any, Any]:
    r"""One step of a cell with long short-term memory.

    $$(i, f, g, o) = W_{ih} x + b_{ih} + W_{hh} h + b_{hh}$$
    $$c' = \sigma(f) \, c + \sigma(i) \tanh(g), \qquad h' = \sigma(o) \tanh(c')$$

    Args:
        input: x, (…, in).
        hx: h and c, (…, hidden) each.
        w_ih: (4 hidden, in): the rows of i, f, g and o below each other.
        w_hh: (4 hidden, hidden).
        b_ih: (4 hidden,), or None.
        b_hh: (4 hidden,), or None.

    Returns:
        h' and c', (…, hidden) each.

    Raises:
        ValueError: a shape does not fit.

    Example:
        >>> from nt_autograd import tensor, zeros
        >>> h, c = lstm_cell(zeros(1), (zeros(1), tensor([2.0])), zeros(4, 1), zeros(4, 1))
        >>> c
        tensor([1.])

    Source: Hochreiter, Schmidhuber, Long Short-Term Memory (1997); Gers, Schmidhuber, Cummins,
        Learning to Forget (2000), section 3; PyTorch's `torch.lstm_cell`.
    """
    h, c = hx
    check_weights("lstm_cell", 4, input, h, c, (w_ih, w_hh, b_ih, b_hh))
    return lstm_state(linear(input, w_ih, b_ih) + linear(h, w_hh, b_hh), c)


def gru_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    r"""One step of a gated recurrent unit.

    $$(a_r, a_z, a_n) = W_{ih} x + b_{ih}, \qquad (p_r, p_z, p_n) = W_{hh} h + b_{hh}$$
    $$r = \sigma(a_r + p_r), \quad z = \sigma(a_z + p_z), \quad n = \tanh(a_n + r \, p_n), \quad
      h' = (1 - z) \, n + z \, h$$

    Args:
        input: x, (…, in).
        hx: h, (…, hidden).
        w_ih: (3 hidden, in): the rows of r, z and n below each other.
        w_hh: (3 hidden, hidden).
        b_ih: (3 hidden,), or None.
        b_hh: (3 hidden,), or None.

    Returns:
        h', (…, hidden).

    Raises:
        ValueError: a shape does not fit.

    Example:
        >>> from nt_autograd import tensor, zeros
        >>> gru_cell(zeros(1), tensor([2.0]), zeros(3, 1), zeros(3, 1))
        tensor([1.])

    Source: Cho et al., Learning Phrase Representations using RNN Encoder-Decoder (2014), section
        2.3, with the reset gate after the product; PyTorch's `torch.gru_cell`.
    """
    check_weights("gru_cell", 3, input, hx, hx, (w_ih, w_hh, b_ih, b_hh))
    return gru_state(linear(input, w_ih, b_ih), linear(hx, w_hh, b_hh), hx)


def rnn_state(z: Any, rectified: bool) -> Any:
    """The next state, of the sum of both products."""
    return relu(z) if rectified else tanh(z)


def lstm_state(z: Any, c: Any) -> tuple[Any, Any]:
    """The next output and cell state, of the sum of both products and the cell state."""
    i, f, g, o = chunk(z, 4, -1)
    c = sigmoid(f) * c + sigmoid(i) * tanh(g)
    return sigmoid(o) * tanh(c), c


def gru_state(a: Any, p: Any, h: Any) -> Any:
    """The next state, of the product with the input, that with the state, and the state."""
    (a_r, a_z, a_n), (p_r, p_z, p_n) = chunk(a, 3, -1), chunk(p, 3, -1)
    r, z = sigmoid(a_r + p_r), sigmoid(a_z + p_z)
    n = tanh(a_n + r * p_n)
    return n + z * (h - n)
