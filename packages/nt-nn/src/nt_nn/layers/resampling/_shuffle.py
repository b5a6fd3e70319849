"""PixelShuffle, PixelUnshuffle and ChannelShuffle: elements in another order."""

from __future__ import annotations

from nt_autograd import Tensor, channel_shuffle, pixel_shuffle, pixel_unshuffle

from ...module import Module
from .._sizes import sizes


class PixelShuffle(Module):
    """Channels laid out as pixels: the module form of `nt_autograd.pixel_shuffle`.

    Shapes: (…, C r², H, W) -> (…, C, H r, W r).

    Args:
        upscale_factor: r.

    Raises:
        ValueError: r is not positive; in a call, its square does not divide the channels.

    Example:
        >>> from nt_autograd import ones
        >>> PixelShuffle(2)(ones(1, 12, 4, 5)).shape
        (1, 3, 8, 10)

    Source: Shi et al., Real-time single image and video super-resolution using an efficient
        sub-pixel convolutional neural network (2016); PyTorch's `torch.nn.PixelShuffle`.
    """

    def __init__(self, upscale_factor: int) -> None:
        (self.upscale_factor,) = sizes("upscale_factor", upscale_factor, 1)

    def forward(self, input: Tensor) -> Tensor:
        """Lay out input (…, C r², H, W)."""
        y: Tensor = pixel_shuffle(input, self.upscale_factor)
        return y

    def extra_repr(self) -> str:
        """The factor."""
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """Pixels laid out as channels: the module form of `nt_autograd.pixel_unshuffle`.

    Shapes: (…, C, H r, W r) -> (…, C r², H, W).

    Args:
        downscale_factor: r.

    Raises:
        ValueError: r is not positive; in a call, it does not divide height and width.

    Example:
        >>> from nt_autograd import ones
        >>> PixelUnshuffle(2)(ones(1, 3, 8, 10)).shape
        (1, 12, 4, 5)

    Source: PyTorch's `torch.nn.PixelUnshuffle`.
    """

    def __init__(self, downscale_factor: int) -> None:
        (self.downscale_factor,) = sizes("downscale_factor", downscale_factor, 1)

    def forward(self, input: Tensor) -> Tensor:
        """Gather input (…, C, H r, W r)."""
        y: Tensor = pixel_unshuffle(input, self.downscale_factor)
        return y

    def extra_repr(self) -> str:
        """The factor."""
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """Channels dealt out among groups: the module form of `nt_autograd.channel_shuffle`.

    Shapes: (N, C, …) -> the same.

    Args:
        groups: how many groups the channels are in.

    Raises:
        ValueError: `groups` is not positive; in a call, it does not divide the channels.

    Example:
        >>> from nt_autograd import arange
        >>> ChannelShuffle(2)(arange(4.0).reshape(1, 4, 1)).flatten()
        tensor([0., 2., 1., 3.])

    Source: Zhang et al., ShuffleNet (2018); PyTorch's `torch.nn.ChannelShuffle`.
    """

    def __init__(self, groups: int) -> None:
        (self.groups,) = sizes("groups", groups, 1)

    def forward(self, input: Tensor) -> Tensor:
        """Shuffle input (N, C, …)."""
        y: Tensor = channel_shuffle(input, self.groups)
        return y

    def extra_repr(self) -> str:
        """The number of groups."""
        return f"groups={self.groups}"
