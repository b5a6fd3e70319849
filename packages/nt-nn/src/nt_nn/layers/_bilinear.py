"""Bilinear: a form in two vectors for every output."""

from __future__ import annotations

import math

from nt_autograd import Tensor, bilinear
from nt_tensor import DeviceLike, DTypeLike, Generator, float32

from .. import init
from .._skeleton import empty
from ..module import Module
from ..parameter import Parameter


class Bilinear(Module):
    r"""A bilinear form for every output: $y_o = x_1^\top W_o \, x_2 + b_o$.

    Shapes: (…, in1_features), (…, in2_features) -> (…, out_features).

    Args:
        in1_features: length of the last axis of the first input.
        in2_features: length of the last axis of the second input.
        out_features: length of the last axis of the output.
        bias: whether there is a $b$.
        device: where the parameters lie; None for the current device.
        dtype: of the parameters; None for float32.
        generator: where the initial values come from; None for the thread's own.

    Raises:
        ValueError: a size is not positive; in a call, a shape does not fit.

    Example:
        >>> from nt_autograd import ones
        >>> Bilinear(4, 3, 2)(ones(5, 4), ones(5, 3)).shape
        (5, 2)

    Source: PyTorch's `torch.nn.Bilinear`, whose initial values it draws: $\mathcal U(\pm
        1/\sqrt{\mathrm{in1}})$ for both.
    """

    weight: Parameter  # (out, in1, in2)
    bias: Parameter | None  # (out,)

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        *,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
        generator: Generator | None = None,
    ) -> None:
        sizes = out_features, in1_features, in2_features
        if min(sizes) < 1:
            raise ValueError(
                f"in1_features ({in1_features}), in2_features ({in2_features}) and out_features "
                f"({out_features}) must be positive"
            )
        self.in1_features, self.in2_features = in1_features, in2_features
        self.out_features = out_features
        self.weight = Parameter(empty(sizes, dtype or float32, device))
        self.bias = Parameter(empty((out_features,), dtype or float32, device)) if bias else None
        self.reset_parameters(generator)

    def reset_parameters(self, generator: Generator | None = None) -> None:
        """Draw new initial values."""
        bound = 1.0 / math.sqrt(self.in1_features)
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound, generator=generator)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        """Map input1 (…, in1) and input2 (…, in2) to (…, out)."""
        y: Tensor = bilinear(input1, input2, self.weight, self.bias)
        return y

    def extra_repr(self) -> str:
        """The sizes, and whether there is a bias."""
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )
