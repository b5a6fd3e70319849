"""GroupNorm: each sample's channels in groups of neighbours."""

from __future__ import annotations

from nt_autograd import Tensor, group_norm
from nt_tensor import DeviceLike, DTypeLike, float32, ones, zeros

from ...module import Module
from ...parameter import Parameter


class GroupNorm(Module):
    r"""Normalises groups of channels of each sample, then stretches and shifts each channel.

    $$y = \frac{x - \mathrm E[x]}{\sqrt{\mathrm{Var}[x] + \epsilon}} \gamma + \beta$$

    Shapes: (N, C) or (N, C, …) -> the same.

    Args:
        num_groups: how many groups the channels make.
        num_channels: C.
        eps: $\epsilon$.
        affine: whether there are $\gamma$ (ones at first) and $\beta$ (zeros at first).
        device: where the parameters lie; None for the current device.
        dtype: of the parameters; None for float32.

    Raises:
        ValueError: `num_groups` does not divide `num_channels`; in a call, `x` has other channels.

    Example:
        >>> from nt_autograd import tensor
        >>> GroupNorm(2, 4, eps=0.0)(tensor([[1.0, 3.0, 10.0, 30.0]])).tolist()
        [[-1.0, 1.0, -1.0, 1.0]]

    Source: Wu and He, Group normalization (2018), section 3.1; PyTorch's `torch.nn.GroupNorm`.
    """

    weight: Parameter | None  # (num_channels,)
    bias: Parameter | None  # (num_channels,)

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        *,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
    ) -> None:
        if num_groups < 1 or num_channels < 1 or num_channels % num_groups:
            raise ValueError(
                f"num_groups ({num_groups}) must divide num_channels ({num_channels}), "
                "both positive"
            )
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        kind, shape = dtype or float32, (num_channels,)
        self.weight = Parameter(ones(shape, kind, device)) if affine else None
        self.bias = Parameter(zeros(shape, kind, device)) if affine else None

    def forward(self, x: Tensor) -> Tensor:
        """Normalise x (N, C) or (N, C, …)."""
        shape = tuple(x.shape)
        if len(shape) < 2 or shape[1] != self.num_channels:
            raise ValueError(f"GroupNorm: x must be (N, {self.num_channels}, …), not {shape}")
        y: Tensor = group_norm(x, self.num_groups, self.weight, self.bias, self.eps)
        return y

    def extra_repr(self) -> str:
        """The settings."""
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, "
            f"affine={self.weight is not None}"
        )
