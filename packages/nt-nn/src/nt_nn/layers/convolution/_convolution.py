"""Conv1d, Conv2d and Conv3d: small kernels moved over sequences, images and volumes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Literal

from nt_autograd import Tensor, conv1d, conv2d, conv3d, pad
from nt_tensor import DeviceLike, DTypeLike, Generator

from .._sizes import Sizes, sizes
from ._weights import Kernels

PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]


class _Conv(Kernels):
    """A convolution; a subclass says over how many axes."""

    op: ClassVar[Callable[..., Any]]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes | str = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: PaddingMode = "zeros",
        *,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
        generator: Generator | None = None,
    ) -> None:
        if padding_mode not in ("zeros", "reflect", "replicate", "circular"):
            raise ValueError(
                f"padding_mode ({padding_mode!r}) must be 'zeros', 'reflect', 'replicate' or "
                "'circular'"
            )
        if isinstance(padding, str) and padding not in ("same", "valid"):
            raise ValueError(f"padding ({padding!r}) must be numbers, 'same' or 'valid'")
        self.padding_mode = padding_mode
        self.padding = (
            padding if isinstance(padding, str) else sizes("padding", padding, self.axes, 0)
        )
        self._build(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            dilation,
            groups,
            bias,
            device,
            dtype,
            generator,
        )
        if padding == "same" and max(self.stride) > 1:
            raise ValueError(f"padding 'same' goes with stride 1 only, not {self.stride}")

    def forward(self, input: Tensor) -> Tensor:
        """Convolve input (N, C, …) or (C, …)."""
        padding: str | tuple[int, ...] | int = self.padding
        if self.padding_mode != "zeros":
            input, padding = pad(input, self._widths(), self.padding_mode), 0
        options = (self.stride, padding, self.dilation, self.groups)
        y: Tensor = type(self).op(input, self.weight, self.bias, *options)
        return y

    def _widths(self) -> list[int]:
        """The padding in the order of `pad`: the last axis first, before and behind."""
        if self.padding == "valid":
            return [0] * (2 * self.axes)
        if isinstance(self.padding, str):
            spare = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]
            return [n for each in spare[::-1] for n in (each // 2, each - each // 2)]
        return [n for each in self.padding[::-1] for n in (each, each)]

    def extra_repr(self) -> str:
        """The sizes, and what differs from the usual."""
        shown = {} if self.padding == (0,) * self.axes else {"padding": self.padding}
        if self.padding_mode != "zeros":
            shown["padding_mode"] = self.padding_mode
        return self._settings(**shown)


class Conv2d(_Conv):
    r"""A convolution of images, $y_o = b_o + \sum_c w_{oc} \star x_c$ ($\star$: cross-correlation).

    The equation with all indices is on the page of `nt_autograd.conv2d`.

    Shapes: (N, in_channels, H, W) or (in_channels, H, W) -> (N, out_channels, OH, OW) with
        $OH = \lfloor (H + 2 p - d (k - 1) - 1) / s \rfloor + 1$.

    Args:
        in_channels: of the input.
        out_channels: of the output.
        kernel_size: $k$, one number or (rows, columns); and so all that follow.
        stride: the step $s$ between places.
        padding: $p$ on each side; or "valid" for none, or "same" for as much as keeps the size.
        dilation: the step $d$ between the kernel's elements.
        groups: the channels are cut into so many parts, each with kernels of its own; with
            `in_channels` it is a depthwise convolution.
        bias: whether there is a $b$.
        padding_mode: what stands in the padding: "zeros", or as `pad` says "reflect", "replicate"
            or "circular".
        device: where the parameters lie; None for the current device.
        dtype: of the parameters; None for float32.
        generator: where the initial values come from; None for the thread's own.

    Raises:
        ValueError: an option is out of its range; in a call, shapes that do not fit.

    Example:
        >>> from nt_autograd import ones
        >>> layer = Conv2d(3, 8, 3, stride=2, padding=1)
        >>> layer
        Conv2d(3, 8, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1))
        >>> layer(ones(2, 3, 32, 32)).shape
        (2, 8, 16, 16)

    Source: LeCun et al., Gradient-based learning applied to document recognition (1998); PyTorch's
        `torch.nn.Conv2d`, whose initial values it draws: $\mathcal U(\pm 1/\sqrt{n})$ for both with
        $n$ the number of inputs of an output.
    """

    axes = 2
    op = conv2d


class Conv1d(_Conv):
    """A convolution of sequences: as `Conv2d`, over one axis.

    Shapes: (N, in_channels, L) or (in_channels, L) -> (N, out_channels, OL).

    Raises:
        ValueError: an option is out of its range; in a call, shapes that do not fit.

    Example:
        >>> from nt_autograd import ones
        >>> Conv1d(3, 8, 5, padding="same")(ones(2, 3, 32)).shape
        (2, 8, 32)

    Source: PyTorch's `torch.nn.Conv1d`.
    """

    axes = 1
    op = conv1d


class Conv3d(_Conv):
    """A convolution of volumes: as `Conv2d`, over three axes.

    Shapes: (N, in_channels, D, H, W) or (in_channels, D, H, W) -> (N, out_channels, OD, OH, OW).

    Raises:
        ValueError: an option is out of its range; in a call, shapes that do not fit.

    Example:
        >>> from nt_autograd import ones
        >>> Conv3d(1, 2, (1, 3, 3))(ones(1, 1, 4, 8, 8)).shape
        (1, 2, 4, 6, 6)

    Source: PyTorch's `torch.nn.Conv3d`.
    """

    axes = 3
    op = conv3d
