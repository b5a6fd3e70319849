"""RNN: layers of plain recurrent cells."""

from __future__ import annotations

from typing import Any

from nt_autograd import Tensor, rnn_relu, rnn_tanh
from nt_tensor import DeviceLike, DTypeLike, Generator

from ._base import RNNBase
from ._packed import PackedSequence


class RNN(RNNBase):
    r"""Layers of plain recurrent cells.

    $$h_t = \tanh(W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh})$$

    The nonlinearity is $\tanh$ or $\max(0, \cdot)$.

    Shapes: (time, batch, input_size) -> (time, batch, D hidden_size), with D = 2 if `bidirectional`
    and 1 otherwise; states are (D num_layers, batch, hidden_size). A single sequence has no batch
    axis, (time, input_size). A `PackedSequence` gives a `PackedSequence`.

    Args:
        input_size: length of the last axis of the input.
        hidden_size: how many numbers a state has.
        num_layers: how many layers lie above each other; each reads the one below it.
        nonlinearity: "tanh" or "relu".
        bias: whether there are the biases.
        batch_first: the input and the outputs are (batch, time, …) instead of (time, batch, …).
        dropout: the share of each layer's outputs but the last's that is dropped in training.
        bidirectional: whether each layer has a second direction, from the last step to the first.
        device: where the parameters lie; None for the current device.
        dtype: of the parameters; None for float32.
        generator: where the initial values come from; None for the thread's own.

    Raises:
        ValueError: an option is out of range; in a call, a shape does not fit.

    Example:
        >>> from nt_autograd import ones
        >>> y, h = RNN(3, 4, num_layers=2)(ones(5, 2, 3))
        >>> y.shape, h.shape
        ((5, 2, 4), (2, 2, 4))

    Source: Elman, Finding Structure in Time (1990); PyTorch's `torch.nn.RNN`, whose initial values
        it draws: $\mathcal U(\pm 1/\sqrt{\mathrm{hidden}})$.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
        generator: Generator | None = None,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f'nonlinearity must be "tanh" or "relu", got {nonlinearity!r}')
        self.nonlinearity = nonlinearity
        super().__init__(
            1,
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            0,
            device,
            dtype,
            generator,
        )

    def forward(
        self, input: Tensor | PackedSequence, hx: Tensor | None = None
    ) -> tuple[Any, Tensor]:
        """Run through a sequence, from the states `hx` or zeros, and give outputs and last states.

        Args:
            input: (time, batch, in), (batch, time, in) with `batch_first`, (time, in), or packed.
            hx: the first states, (D layers, batch, hidden), or (D layers, hidden) without a batch.
        """
        op = rnn_relu if self.nonlinearity == "relu" else rnn_tanh
        y, (h,) = self._run(op, input, None if hx is None else (hx,), [self.hidden_size])
        return y, h

    def extra_repr(self) -> str:
        """The sizes, and the options that are not as usual."""
        relu = "" if self.nonlinearity == "tanh" else ", nonlinearity='relu'"
        return super().extra_repr() + relu
