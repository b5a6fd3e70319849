"""LSTM: layers of cells with long short-term memory."""

from __future__ import annotations

from typing import Any

from nt_autograd import Tensor, lstm
from nt_tensor import DeviceLike, DTypeLike, Generator

from ._base import RNNBase
from ._packed import PackedSequence


class LSTM(RNNBase):
    r"""Layers of cells with long short-term memory.

    $$(i, f, g, o) = W_{ih} x + b_{ih} + W_{hh} h + b_{hh}$$
    $$c' = \sigma(f) \, c + \sigma(i) \tanh(g), \qquad h' = \sigma(o) \tanh(c')$$

    With `proj_size`, $h' = W_{hr} \, \sigma(o) \tanh(c')$ has that many numbers.

    Shapes: (time, batch, input_size) -> (time, batch, D out), with D = 2 if `bidirectional` and 1
    otherwise, and out = `proj_size` or else `hidden_size`; the states are (D num_layers, batch,
    out) and, of the cells, (D num_layers, batch, hidden_size). A single sequence has no batch
    axis, (time, input_size). A `PackedSequence` gives a `PackedSequence`.

    Args:
        input_size: length of the last axis of the input.
        hidden_size: how many numbers a state has.
        num_layers: how many layers lie above each other; each reads the one below it.
        bias: whether there are the biases.
        batch_first: the input and the outputs are (batch, time, …) instead of (time, batch, …).
        dropout: the share of each layer's outputs but the last's that is dropped in training.
        bidirectional: whether each layer has a second direction, from the last step to the first.
        proj_size: the length that outputs are projected to; 0 for no projection.
        device: where the parameters lie; None for the current device.
        dtype: of the parameters; None for float32.
        generator: where the initial values come from; None for the thread's own.

    Raises:
        ValueError: an option is out of range; in a call, a shape does not fit.

    Example:
        >>> from nt_autograd import ones
        >>> y, (h, c) = LSTM(3, 4, num_layers=2)(ones(5, 2, 3))
        >>> y.shape, h.shape, c.shape
        ((5, 2, 4), (2, 2, 4), (2, 2, 4))

    Source: Hochreiter, Schmidhuber, Long Short-Term Memory (1997); Sak, Senior, Beaufays, Long
        Short-Term Memory Based Recurrent Neural Network Architectures (2014), for the projection;
        PyTorch's `torch.nn.LSTM`, whose initial values it draws: $\mathcal U(\pm
        1/\sqrt{\mathrm{hidden}})$.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        *,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(
            4,
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            proj_size,
            device,
            dtype,
            generator,
        )

    def forward(
        self, input: Tensor | PackedSequence, hx: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Any, tuple[Tensor, Tensor]]:
        """Run through a sequence, from the states `hx` or zeros, and give outputs and last states.

        Args:
            input: (time, batch, in), (batch, time, in) with `batch_first`, (time, in), or packed.
            hx: the first outputs (D layers, batch, out) and cell states (D layers, batch, hidden),
                without `batch` for a single sequence.
        """
        widths = self.proj_size or self.hidden_size, self.hidden_size
        y, (h, c) = self._run(lstm, input, hx, widths)
        return y, (h, c)
