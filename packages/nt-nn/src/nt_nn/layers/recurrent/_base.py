"""What the recurrent layers share: options, parameters by PyTorch's names, the states' shapes."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

from nt_autograd import Tensor, index_select, zeros
from nt_tensor import DeviceLike, DTypeLike, Generator, asarray, float32

from ... import init
from ..._skeleton import empty
from ...module import Module
from ...parameter import Parameter
from ._packed import PackedSequence


class RNNBase(Module):
    """Layers and directions of one kind of cell; `RNN`, `LSTM` and `GRU` are of it.

    Parameters are named by layer and direction: `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`,
    `bias_hh_l0`, and `weight_ih_l0_reverse` and so on for the way back.
    """

    def __init__(
        self,
        gates: int,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        bias: bool,
        batch_first: bool,
        dropout: float,
        bidirectional: bool,
        proj_size: int,
        device: DeviceLike | None,
        dtype: DTypeLike,
        generator: Generator | None,
    ) -> None:
        if min(input_size, hidden_size, num_layers) < 1:
            raise ValueError(
                f"input_size ({input_size}), hidden_size ({hidden_size}) and num_layers "
                f"({num_layers}) must be positive"
            )
        if not 0.0 <= dropout <= 1.0:
            raise ValueError(f"dropout ({dropout}) must be a probability, 0 to 1")
        if not 0 <= proj_size < hidden_size:
            raise ValueError(
                f"proj_size ({proj_size}) must be less than hidden_size ({hidden_size}), or 0"
            )
        if dropout and num_layers == 1:
            warnings.warn(
                f"dropout ({dropout}) comes between layers, and num_layers is 1", stacklevel=3
            )
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, float(dropout)
        self.bidirectional, self.proj_size = bidirectional, proj_size
        self._names: list[str] = []  # of the parameters, in the order of the ops
        out = proj_size or hidden_size
        ways = ("", "_reverse") if bidirectional else ("",)
        for layer in range(num_layers):
            width = input_size if layer == 0 else out * len(ways)
            for way in ways:
                shapes: dict[str, tuple[int, ...]] = {
                    "weight_ih": (gates * hidden_size, width),
                    "weight_hh": (gates * hidden_size, out),
                }
                if bias:
                    shapes |= {f"bias_{of}": (gates * hidden_size,) for of in ("ih", "hh")}
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                for kind, shape in shapes.items():
                    name = f"{kind}_l{layer}{way}"
                    self._names.append(name)
                    setattr(self, name, Parameter(empty(shape, dtype or float32, device)))
        self.reset_parameters(generator)

    def reset_parameters(self, generator: Generator | None = None) -> None:
        """Draw new initial values."""
        bound = 1.0 / math.sqrt(self.hidden_size)
        for name in self._names:
            init.uniform_(getattr(self, name), -bound, bound, generator=generator)

    def _run(
        self, op: Any, input: Tensor | PackedSequence, hx: Any, widths: Sequence[int]
    ) -> tuple[Tensor | PackedSequence, list[Tensor]]:
        """Call `op` on the input as it is, with the states (zeros if None) in the order of it.

        Args:
            op: the function of nt_autograd.
            input: (time, batch, in), (batch, time, in), (time, in) or packed.
            hx: as many states as `widths`, or None.
            widths: of the states.
        """
        packed = input if isinstance(input, PackedSequence) else None
        x: Tensor = input.data if isinstance(input, PackedSequence) else input
        alone = packed is None and x.ndim == 2
        self._check(x, packed)
        batch_axis = 0 if self.batch_first else 1
        if alone:
            x = x.unsqueeze(batch_axis)
        batch = packed.batch_sizes[0] if packed else x.shape[batch_axis]
        count = self.num_layers * (2 if self.bidirectional else 1)
        if hx is None:
            states = [zeros(count, batch, n, dtype=x.dtype, device=x.device) for n in widths]
        else:
            wanted = [(count, n) if alone else (count, batch, n) for n in widths]
            if [tuple(state.shape) for state in hx] != wanted:
                raise ValueError(
                    f"hx must be {' and '.join(map(str, wanted))} for input {tuple(x.shape)}"
                    f", got {' and '.join(str(tuple(state.shape)) for state in hx)}"
                )
            states = [state.unsqueeze(1) if alone else state for state in hx]
        order = packed.sorted_indices if packed else None
        back = packed.unsorted_indices if packed else None
        states = [_in_order(state, order) for state in states]
        y, *states = op(
            x,
            states[0] if len(states) == 1 else tuple(states),
            [getattr(self, name) for name in self._names],
            self.bias,
            self.num_layers,
            self.dropout,
            self.training,
            self.bidirectional,
            self.batch_first and packed is None,
            batch_sizes=packed.batch_sizes if packed else None,
        )
        states = [_in_order(state, back) for state in states]
        if alone:
            return y.squeeze(batch_axis), [state.squeeze(1) for state in states]
        return packed._replace(data=y) if packed else y, states

    def _check(self, x: Tensor, packed: PackedSequence | None) -> None:
        ranks = (2,) if packed else (2, 3)
        if x.ndim not in ranks or x.shape[-1] != self.input_size:
            order = "batch, time" if self.batch_first else "time, batch"
            raise ValueError(
                f"input must be ({order}, {self.input_size}), (time, {self.input_size}) or packed "
                f"(rows, {self.input_size}), got {tuple(x.shape)}"
            )

    def extra_repr(self) -> str:
        """The sizes, and the options that are not as usual."""
        parts = [f"{self.input_size}, {self.hidden_size}"]
        usual = {
            "num_layers": 1,
            "bias": True,
            "batch_first": False,
            "dropout": 0.0,
            "bidirectional": False,
            "proj_size": 0,
        }
        parts += [f"{n}={getattr(self, n)}" for n, v in usual.items() if getattr(self, n) != v]
        return ", ".join(parts)


def _in_order(state: Tensor, order: tuple[int, ...] | None) -> Tensor:
    """The states of sequences, brought into an order."""
    if order is None:
        return state
    found: Tensor = index_select(state, 1, asarray(list(order), device=state.device))
    return found
