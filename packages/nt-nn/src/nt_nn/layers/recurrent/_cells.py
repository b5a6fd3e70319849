"""RNNCell, LSTMCell and GRUCell: one step of a recurrent layer, for loops of one's own."""

from __future__ import annotations

import math

from nt_autograd import Tensor, gru_cell, lstm_cell, rnn_relu_cell, rnn_tanh_cell, zeros
from nt_tensor import DeviceLike, DTypeLike, Generator, float32

from ... import init
from ..._skeleton import empty
from ...module import Module
from ...parameter import Parameter


class RNNCellBase(Module):
    """The parameters of a cell."""

    weight_ih: Parameter  # (gates hidden, in)
    weight_hh: Parameter  # (gates hidden, hidden)
    bias_ih: Parameter | None  # (gates hidden,)
    bias_hh: Parameter | None  # (gates hidden,)

    def __init__(
        self,
        gates: int,
        input_size: int,
        hidden_size: int,
        bias: bool,
        device: DeviceLike | None,
        dtype: DTypeLike,
        generator: Generator | None,
    ) -> None:
        if min(input_size, hidden_size) < 1:
            raise ValueError(
                f"input_size ({input_size}) and hidden_size ({hidden_size}) must be positive"
            )
        self.input_size, self.hidden_size = input_size, hidden_size
        rows = gates * hidden_size

        def made(*shape: int) -> Parameter:
            return Parameter(empty(shape, dtype or float32, device))

        self.weight_ih, self.weight_hh = made(rows, input_size), made(rows, hidden_size)
        self.bias_ih = made(rows) if bias else None
        self.bias_hh = made(rows) if bias else None
        self.reset_parameters(generator)

    def reset_parameters(self, generator: Generator | None = None) -> None:
        """Draw new initial values."""
        bound = 1.0 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound, generator=generator)

    def _state(self, input: Tensor, hx: Tensor | None) -> Tensor:
        """The state, or zeros; raises unless it fits the input."""
        if input.ndim not in (1, 2) or input.shape[-1] != self.input_size:
            raise ValueError(
                f"input must be (batch, {self.input_size}) or ({self.input_size},), "
                f"got {tuple(input.shape)}"
            )
        wanted = (*input.shape[:-1], self.hidden_size)
        if hx is None:
            return zeros(*wanted, dtype=input.dtype, device=input.device)
        if tuple(hx.shape) != wanted:
            raise ValueError(f"hx must be {wanted} for input {input.shape}, got {hx.shape}")
        return hx

    def extra_repr(self) -> str:
        """The sizes, and whether there are biases."""
        bias = "" if self.bias_ih is not None else ", bias=False"
        return f"{self.input_size}, {self.hidden_size}{bias}"


class RNNCell(RNNCellBase):
    r"""A plain recurrent cell, $h' = \tanh(W_{ih} x + b_{ih} + W_{hh} h + b_{hh})$.

    Shapes: (batch, input_size), (batch, hidden_size) -> (batch, hidden_size), or all without batch.

    Args:
        input_size: length of the last axis of the input.
        hidden_size: how many numbers a state has.
        bias: whether there are the biases.
        nonlinearity: "tanh" or "relu".
        device: where the parameters lie; None for the current device.
        dtype: of the parameters; None for float32.
        generator: where the initial values come from; None for the thread's own.

    Raises:
        ValueError: an option is out of range; in a call, a shape does not fit.

    Example:
        >>> from nt_autograd import ones
        >>> RNNCell(3, 4)(ones(2, 3)).shape
        (2, 4)

    Source: PyTorch's `torch.nn.RNNCell`, whose initial values it draws: $\mathcal U(\pm
        1/\sqrt{\mathrm{hidden}})$.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        *,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
        generator: Generator | None = None,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f'nonlinearity must be "tanh" or "relu", got {nonlinearity!r}')
        self.nonlinearity = nonlinearity
        super().__init__(1, input_size, hidden_size, bias, device, dtype, generator)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """Give the state (batch, hidden) after an input (batch, in), from `hx` or zeros."""
        h = self._state(input, hx)
        weights = self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh
        cell = rnn_relu_cell if self.nonlinearity == "relu" else rnn_tanh_cell
        state: Tensor = cell(input, h, *weights)
        return state


class LSTMCell(RNNCellBase):
    r"""A cell with long short-term memory; `nt_nn.LSTM` has its equations.

    Shapes: (batch, input_size), two states of (batch, hidden_size) -> two states of that shape; or
    all without batch.

    Args:
        input_size: length of the last axis of the input.
        hidden_size: how many numbers a state has.
        bias: whether there are the biases.
        device: where the parameters lie; None for the current device.
        dtype: of the parameters; None for float32.
        generator: where the initial values come from; None for the thread's own.

    Raises:
        ValueError: an option is out of range; in a call, a shape does not fit.

    Example:
        >>> from nt_autograd import ones
        >>> h, c = LSTMCell(3, 4)(ones(2, 3))
        >>> h.shape, c.shape
        ((2, 4), (2, 4))

    Source: PyTorch's `torch.nn.LSTMCell`, whose initial values it draws: $\mathcal U(\pm
        1/\sqrt{\mathrm{hidden}})$.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(4, input_size, hidden_size, bias, device, dtype, generator)

    def forward(
        self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor]:
        """Give output and cell state (batch, hidden) after an input (batch, in)."""
        h, c = (self._state(input, state) for state in (hx or (None, None)))
        weights = self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh
        return lstm_cell(input, (h, c), *weights)


class GRUCell(RNNCellBase):
    r"""A gated recurrent unit; `nt_nn.GRU` has its equations.

    Shapes: (batch, input_size), (batch, hidden_size) -> (batch, hidden_size), or all without batch.

    Args:
        input_size: length of the last axis of the input.
        hidden_size: how many numbers a state has.
        bias: whether there are the biases.
        device: where the parameters lie; None for the current device.
        dtype: of the parameters; None for float32.
        generator: where the initial values come from; None for the thread's own.

    Raises:
        ValueError: an option is out of range; in a call, a shape does not fit.

    Example:
        >>> from nt_autograd import ones
        >>> GRUCell(3, 4)(ones(2, 3)).shape
        (2, 4)

    Source: PyTorch's `torch.nn.GRUCell`, whose initial values it draws: $\mathcal U(\pm
        1/\sqrt{\mathrm{hidden}})$.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(3, input_size, hidden_size, bias, device, dtype, generator)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """Give the state (batch, hidden) after an input (batch, in), from `hx` or zeros."""
        h = self._state(input, hx)
        weights = self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh
        state: Tensor = gru_cell(input, h, *weights)
        return state
