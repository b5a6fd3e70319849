"""GRU: layers of gated recurrent units."""

from __future__ import annotations

from typing import Any

from nt_autograd import Tensor, gru
from nt_tensor import DeviceLike, DTypeLike, Generator

from ._base import RNNBase
from ._packed import PackedSequence


class GRU(RNNBase):
    r"""Layers of gated recurrent units.

    $$r = \sigma(W_{ir} x + b_{ir} + W_{hr} h + b_{hr}), \qquad
      z = \sigma(W_{iz} x + b_{iz} + W_{hz} h + b_{hz})$$
    $$n = \tanh(W_{in} x + b_{in} + r \, (W_{hn} h + b_{hn})), \qquad h' = (1 - z) \, n + z \, h$$

    Shapes: (time, batch, input_size) -> (time, batch, D hidden_size), with D = 2 if `bidirectional`
    and 1 otherwise; states are (D num_layers, batch, hidden_size). A single sequence has no batch
    axis, (time, input_size). A `PackedSequence` gives a `PackedSequence`.

    Args:
        input_size: length of the last axis of the input.
        hidden_size: how many numbers a state has.
        num_layers: how many layers lie above each other; each reads the one below it.
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
        >>> y, h = GRU(3, 4, batch_first=True, bidirectional=True)(ones(2, 5, 3))
        >>> y.shape, h.shape
        ((2, 5, 8), (2, 2, 4))

    Source: Cho et al., Learning Phrase Representations using RNN Encoder-Decoder (2014), section
        2.3, with the reset gate after the product; PyTorch's `torch.nn.GRU`, whose initial values
        it draws: $\mathcal U(\pm 1/\sqrt{\mathrm{hidden}})$.
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
        *,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(
            3,
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
        y, (h,) = self._run(gru, input, None if hx is None else (hx,), [self.hidden_size])
        return y, h
