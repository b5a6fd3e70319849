"""Linear: a matrix and a shift."""

from __future__ import annotations

import math

from nt_autograd import Tensor, linear
from nt_tensor import DeviceLike, DTypeLike, Generator, float32

from .. import init
from .._skeleton import empty
from ..module import Module
from ..parameter import Parameter


class Linear(Module):
    r"""An affine map of the last axis: $y = x W^\top + b$.

    Shapes: (…, in_features) -> (…, out_features).

    Args:
        in_features: length of the last axis of the input.
        out_features: length of the last axis of the output.
        bias: whether there is a $b$.
        device: where the parameters lie; None for the current device.
        dtype: of the parameters; None for float32.
        generator: where the initial values come from; None for the thread's own.

    Raises:
        ValueError: a size is not positive; in a call, the last axis is not `in_features` long.

    Example:
        >>> from nt_autograd import ones
        >>> layer = Linear(4, 3)
        >>> layer
        Linear(in_features=4, out_features=3, bias=True)
        >>> layer(ones(2, 5, 4)).shape
        (2, 5, 3)

    Source: PyTorch's `torch.nn.Linear`, whose initial values it draws: $\mathcal U(\pm
        1/\sqrt{\mathrm{in}})$ for both.
    """

    weight: Parameter  # (out, in)
    bias: Parameter | None  # (out,)

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
        generator: Generator | None = None,
    ) -> None:
        if in_features < 1 or out_features < 1:
            raise ValueError(
                f"in_features ({in_features}) and out_features ({out_features}) must be positive"
            )
        self.in_features = in_features
        self.out_features = out_features
        self.weight = Parameter(empty((out_features, in_features), dtype or float32, device))
        self.bias = Parameter(empty((out_features,), dtype or float32, device)) if bias else None
        self.reset_parameters(generator)

    def reset_parameters(self, generator: Generator | None = None) -> None:
        """Draw new initial values."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5.0), generator=generator)
        if self.bias is not None:
            bound = 1.0 / math.sqrt(self.in_features)
            init.uniform_(self.bias, -bound, bound, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        """Map x (…, in) to (…, out)."""
        y: Tensor = linear(x, self.weight, self.bias)
        return y

    def extra_repr(self) -> str:
        """The sizes, and whether there is a bias."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )
