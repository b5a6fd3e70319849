"""AvgPool and AdaptiveAvgPool in one, two and three dimensions: the average of each window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from nt_autograd import (
    Tensor,
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
)

from .._sizes import Sizes
from ._windows import Adaptive, Window


class AvgPool1d(Window):
    """The average of each window of sequences: the module form of `avg_pool1d`.

    Shapes: (N, C, L) or (C, L) -> the same with OL.

    Args:
        kernel_size: the window.
        stride: the step between windows; None for the window's size.
        padding: the zeros put around the sequence; at most half of the window.
        ceil_mode: whether a last window may hang over the end, if it begins inside.
        count_include_pad: whether those zeros count in the divisor.

    Raises:
        ValueError: an option is out of its range; in a call, no window fits.

    Example:
        >>> from nt_autograd import tensor
        >>> AvgPool1d(2)(tensor([[1.0, 3.0, 5.0, 7.0]]))
        tensor([[2., 6.]])

    Source: PyTorch's `torch.nn.AvgPool1d`.
    """

    axes = 1

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode)
        self.count_include_pad = count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        """The averages of input (N, C, L)."""
        options = (self.kernel_size, self.stride, self.padding, self.ceil_mode)
        y: Tensor = avg_pool1d(input, *options, self.count_include_pad)
        return y


class _AvgPool(Window):
    """Averages over windows whose divisor can be told; a subclass says over how many axes."""

    op: ClassVar[Callable[..., Any]]

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        if divisor_override == 0:
            raise ValueError("divisor_override must not be zero")
        super().__init__(kernel_size, stride, padding, ceil_mode)
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        """The averages of input."""
        options = (self.kernel_size, self.stride, self.padding, self.ceil_mode)
        y: Tensor = type(self).op(input, *options, self.count_include_pad, self.divisor_override)
        return y


class AvgPool2d(_AvgPool):
    """The average of each window of images: the module form of `avg_pool2d`.

    Shapes: (N, C, H, W) or (C, H, W) -> the same with OH, OW.

    Args:
        kernel_size: the window, one number or (rows, columns); and so the next two.
        stride: the step between windows; None for the window's size.
        padding: the zeros put around the image; at most half of the window.
        ceil_mode: whether a last window may hang over the end, if it begins inside.
        count_include_pad: whether those zeros count in the divisor.
        divisor_override: what to divide by instead of the number of elements.

    Raises:
        ValueError: an option is out of its range; in a call, no window fits.

    Example:
        >>> from nt_autograd import ones
        >>> AvgPool2d(2)(ones(2, 3, 9, 8)).shape
        (2, 3, 4, 4)

    Source: LeCun et al., Gradient-based learning applied to document recognition (1998); PyTorch's
        `torch.nn.AvgPool2d`.
    """

    axes, op = 2, avg_pool2d


class AvgPool3d(_AvgPool):
    """The average of each window of volumes: the module form of `avg_pool3d`.

    Shapes: (N, C, D, H, W) or (C, D, H, W) -> the same with OD, OH, OW.

    Args:
        kernel_size: the window, one number or three; and so the next two.
        stride: the step between windows; None for the window's size.
        padding: the zeros put around the volume; at most half of the window.
        ceil_mode: whether a last window may hang over the end, if it begins inside.
        count_include_pad: whether those zeros count in the divisor.
        divisor_override: what to divide by instead of the number of elements.

    Raises:
        ValueError: an option is out of its range; in a call, no window fits.

    Example:
        >>> from nt_autograd import ones
        >>> AvgPool3d(2)(ones(2, 3, 9, 8, 7)).shape
        (2, 3, 4, 4, 3)

    Source: LeCun et al., Gradient-based learning applied to document recognition (1998); PyTorch's
        `torch.nn.AvgPool3d`.
    """

    axes, op = 3, avg_pool3d


class _AdaptiveAvgPool(Adaptive):
    """Averages over so many windows; a subclass says over how many axes."""

    op: ClassVar[Callable[..., Any]]

    def forward(self, input: Tensor) -> Tensor:
        """The averages of input."""
        y: Tensor = type(self).op(input, self.output_size)
        return y


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """The averages of sequences cut into so many windows: the form of `adaptive_avg_pool1d`.

    `AdaptiveAvgPool1d(1)` is the global average.

    Shapes: (N, C, L) or (C, L) -> the same with OL as `output_size` says.

    Args:
        output_size: of the result, one number; None keeps an axis.

    Raises:
        ValueError: `output_size` is out of its range; in a call, shapes that do not fit.

    Example:
        >>> from nt_autograd import ones
        >>> AdaptiveAvgPool1d(2)(ones(2, 3, 9)).shape
        (2, 3, 2)

    Source: Lin, Chen and Yan, Network in network (2014), section 3.2; PyTorch's
        `torch.nn.AdaptiveAvgPool1d`.
    """

    axes, op = 1, adaptive_avg_pool1d


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """The averages of images cut into so many windows: the form of `adaptive_avg_pool2d`.

    `AdaptiveAvgPool2d(1)` is the global average.

    Shapes: (N, C, H, W) or (C, H, W) -> the same with OH, OW as `output_size` says.

    Args:
        output_size: of the result, one number or (rows, columns); None keeps an axis.

    Raises:
        ValueError: `output_size` is out of its range; in a call, shapes that do not fit.

    Example:
        >>> from nt_autograd import ones
        >>> AdaptiveAvgPool2d(2)(ones(2, 3, 9, 8)).shape
        (2, 3, 2, 2)

    Source: Lin, Chen and Yan, Network in network (2014), section 3.2; PyTorch's
        `torch.nn.AdaptiveAvgPool2d`.
    """

    axes, op = 2, adaptive_avg_pool2d


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """The averages of volumes cut into so many windows: the form of `adaptive_avg_pool3d`.

    `AdaptiveAvgPool3d(1)` is the global average.

    Shapes: (N, C, D, H, W) or (C, D, H, W) -> the same with OD, OH, OW as `output_size` says.

    Args:
        output_size: of the result, one number or three; None keeps an axis.

    Raises:
        ValueError: `output_size` is out of its range; in a call, shapes that do not fit.

    Example:
        >>> from nt_autograd import ones
        >>> AdaptiveAvgPool3d(2)(ones(2, 3, 9, 8, 7)).shape
        (2, 3, 2, 2, 2)

    Source: Lin, Chen and Yan, Network in network (2014), section 3.2; PyTorch's
        `torch.nn.AdaptiveAvgPool3d`.
    """

    axes, op = 3, adaptive_avg_pool3d
