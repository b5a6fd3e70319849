"""What convolutions and transposed convolutions share: their parameters, and how they begin."""

from __future__ import annotations

import math
from typing import ClassVar

from nt_tensor import DeviceLike, DTypeLike, Generator, float32

from ... import init
from ..._skeleton import empty
from ...module import Module
from ...parameter import Parameter
from .._sizes import Sizes, sizes


class Kernels(Module):
    """A module with a kernel for each pair of channels, and a bias for each channel that it makes.

    A subclass says over how many axes its kernels go, and whether they are transposed.
    """

    weight: Parameter  # (out, in / groups, *kernel_size); transposed (in, out / groups, …)
    bias: Parameter | None  # (out,)
    axes: ClassVar[int]
    transposed: ClassVar[bool] = False

    def _build(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes,
        dilation: Sizes,
        groups: int,
        bias: bool,
        device: DeviceLike | None,
        dtype: DTypeLike,
        generator: Generator | None,
    ) -> None:
        """Check what all have in common, and make the parameters."""
        if in_channels < 1 or out_channels < 1:
            raise ValueError(
                f"in_channels ({in_channels}) and out_channels ({out_channels}) must be positive"
            )
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(
                f"groups ({groups}) must divide in_channels ({in_channels}) and out_channels "
                f"({out_channels})"
            )
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = sizes("kernel_size", kernel_size, self.axes)
        self.stride = sizes("stride", stride, self.axes)
        self.dilation = sizes("dilation", dilation, self.axes)
        self.groups = groups
        ends = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        shape = (ends[0], ends[1] // groups, *self.kernel_size)
        self.weight = Parameter(empty(shape, dtype or float32, device))
        self.bias = Parameter(empty((out_channels,), dtype or float32, device)) if bias else None
        self.reset_parameters(generator)

    def reset_parameters(self, generator: Generator | None = None) -> None:
        """Draw new initial values."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5.0), generator=generator)
        if self.bias is not None:
            bound = 1.0 / math.sqrt(math.prod(self.weight.shape[1:]))
            init.uniform_(self.bias, -bound, bound, generator=generator)

    def _settings(self, **more: object) -> str:
        """The sizes, and what differs from the usual."""
        parts = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"]
        parts.append(f"stride={self.stride}")
        usual = {"dilation": (1,) * self.axes, "groups": 1}
        more = {**more, "dilation": self.dilation, "groups": self.groups}
        parts += [f"{name}={value!r}" for name, value in more.items() if value != usual.get(name)]
        return ", ".join(parts if self.bias is not None else [*parts, "bias=False"])
