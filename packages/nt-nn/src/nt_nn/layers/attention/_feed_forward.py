"""What encoder and decoder layers share: their options, and the network after the attention."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from nt_autograd import Tensor, gelu, relu
from nt_tensor import DeviceLike, DTypeLike, Generator

from ...module import Module
from .._linear import Linear
from ..dropout import Dropout

Activation: TypeAlias = "str | Callable[[Tensor], Tensor]"

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {"relu": relu, "gelu": gelu}


def chosen(activation: Activation) -> Callable[[Tensor], Tensor]:
    """The function that an activation's name stands for, or the one that is given."""
    if callable(activation):
        return activation
    if activation not in ACTIVATIONS:
        raise ValueError(
            f"activation ({activation!r}) must be {' or '.join(map(repr, ACTIVATIONS))} "
            "or a function"
        )
    return ACTIVATIONS[activation]


class Layer(Module):
    """A layer's options and its two-layer network."""

    linear1: Linear  # weight (dim_feedforward, d_model)
    linear2: Linear  # weight (d_model, dim_feedforward)

    def __init__(
        self,
        d_model: int,
        dim_feedforward: int,
        dropout: float,
        activation: Activation,
        norm_first: bool,
        bias: bool,
        device: DeviceLike | None,
        dtype: DTypeLike,
        generator: Generator | None,
    ) -> None:
        if dim_feedforward < 1:
            raise ValueError(f"dim_feedforward ({dim_feedforward}) must be positive")
        self.norm_first = norm_first
        self.activation = chosen(activation)
        self.dropout = Dropout(dropout)
        self.linear1 = Linear(
            d_model, dim_feedforward, bias, device=device, dtype=dtype, generator=generator
        )
        self.linear2 = Linear(
            dim_feedforward, d_model, bias, device=device, dtype=dtype, generator=generator
        )

    def network(self, x: Tensor) -> Tensor:
        """Map each position (…, d_model) by itself."""
        hidden = self.dropout(self.activation(self.linear1(x)))  # (…, dim_feedforward)
        return self.dropout(self.linear2(hidden))

    def extra_repr(self) -> str:
        """Where the norms stand."""
        return f"norm_first={self.norm_first}"
