"""ConvTranspose1d, 2d and 3d: a convolution's way back, as a layer that makes images larger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

from nt_autograd import Tensor, conv_transpose1d, conv_transpose2d, conv_transpose3d
from nt_tensor import DeviceLike, DTypeLike, Generator

from .._sizes import Sizes, sizes
from ._weights import Kernels


class _ConvTranspose(Kernels):
    """A transposed convolution; a subclass says over how many axes."""

    op: ClassVar[Callable[..., Any]]
    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Sizes = 1,
        padding_mode: Literal["zeros"] = "zeros",
        *,
        device: DeviceLike | None = None,
        dtype: DTypeLike = None,
        generator: Generator | None = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(
                f"padding_mode ({padding_mode!r}) of a transposed convolution must be 'zeros'"
            )
        self.padding = sizes("padding", padding, self.axes, 0)
        self.output_padding = sizes("output_padding", output_padding, self.axes, 0)
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

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """Spread input (N, C, …) or (C, …) out.

        Args:
            input: the images.
            output_size: of the result, its last axes or all of them: of the sizes that a
                convolution takes to the input's, that one, whatever `output_padding` is.

        Raises:
            ValueError: a convolution takes no image of that size to the input's.
        """
        extra = self.output_padding
        if output_size is not None:
            extra = self._extra(input, tuple(output_size))
        options = (self.stride, self.padding, extra, self.groups, self.dilation)
        y: Tensor = type(self).op(input, self.weight, self.bias, *options)
        return y

    def _extra(self, input: Tensor, wanted: tuple[int, ...]) -> tuple[int, ...]:
        """The output padding that gives the wanted size."""
        steps = zip(
            input.shape[-self.axes :],
            self.stride,
            self.padding,
            self.dilation,
            self.kernel_size,
            strict=True,
        )
        least = [(n - 1) * s - 2 * p + d * (k - 1) + 1 for n, s, p, d, k in steps]
        most = [n + s - 1 for n, s in zip(least, self.stride, strict=True)]
        last = wanted[-self.axes :]
        fits = len(wanted) in (self.axes, input.ndim) and all(
            low <= n <= high for low, n, high in zip(least, last, most, strict=True)
        )
        if not fits:
            raise ValueError(
                f"output_size {wanted} must be from {tuple(least)} to {tuple(most)} for an input "
                f"of {tuple(input.shape)}"
            )
        return tuple([n - low for low, n in zip(least, last, strict=True)])

    def extra_repr(self) -> str:
        """The sizes, and what differs from the usual."""
        both = {"padding": self.padding, "output_padding": self.output_padding}
        return self._settings(**{name: n for name, n in both.items() if any(n)})


class ConvTranspose2d(_ConvTranspose):
    r"""A transposed convolution of images: each pixel lays a scaled kernel down.

    It is the gradient of `Conv2d` with respect to its input; it takes shapes the other way. The
    equation is on the page of `nt_autograd.conv_transpose2d`.

    Shapes: (N, in_channels, H, W) or (in_channels, H, W) -> (N, out_channels, OH, OW) with
        $OH = (H - 1) s - 2 p + d (k - 1) + \text{output padding} + 1$.

    Args:
        in_channels: of the input.
        out_channels: of the output.
        kernel_size: $k$, one number or (rows, columns); and so all that follow.
        stride: the step $s$ between the places that two pixels go to.
        padding: $p$, what is cut off on each side.
        output_padding: rows and columns more at the end, fewer than the stride or the dilation.
        groups: the channels are cut into so many parts, each with kernels of its own.
        bias: whether there is a bias.
        dilation: the step $d$ between the kernel's elements.
        padding_mode: "zeros".
        device: where the parameters lie; None for the current device.
        dtype: of the parameters; None for float32.
        generator: where the initial values come from; None for the thread's own.

    Raises:
        ValueError: an option is out of its range; in a call, shapes that do not fit.

    Example:
        >>> from nt_autograd import ones
        >>> layer = ConvTranspose2d(8, 3, 3, stride=2, padding=1)
        >>> layer(ones(2, 8, 16, 16)).shape
        (2, 3, 31, 31)
        >>> layer(ones(2, 8, 16, 16), output_size=(32, 32)).shape
        (2, 3, 32, 32)

    Source: Zeiler et al., Deconvolutional networks (2010); PyTorch's `torch.nn.ConvTranspose2d`,
        whose initial values it draws.
    """

    axes = 2
    op = conv_transpose2d


class ConvTranspose1d(_ConvTranspose):
    """A transposed convolution of sequences: as `ConvTranspose2d`, over one axis.

    Shapes: (N, in_channels, L) or (in_channels, L) -> (N, out_channels, OL).

    Raises:
        ValueError: an option is out of its range; in a call, shapes that do not fit.

    Example:
        >>> from nt_autograd import ones
        >>> ConvTranspose1d(8, 3, 4, stride=4)(ones(2, 8, 16)).shape
        (2, 3, 64)

    Source: PyTorch's `torch.nn.ConvTranspose1d`.
    """

    axes = 1
    op = conv_transpose1d


class ConvTranspose3d(_ConvTranspose):
    """A transposed convolution of volumes: as `ConvTranspose2d`, over three axes.

    Shapes: (N, in_channels, D, H, W) or (in_channels, D, H, W) -> (N, out_channels, OD, OH, OW).

    Raises:
        ValueError: an option is out of its range; in a call, shapes that do not fit.

    Example:
        >>> from nt_autograd import ones
        >>> ConvTranspose3d(2, 1, 2, stride=2)(ones(1, 2, 4, 4, 4)).shape
        (1, 1, 8, 8, 8)

    Source: PyTorch's `torch.nn.ConvTranspose3d`.
    """

    axes = 3
    op = conv_transpose3d
