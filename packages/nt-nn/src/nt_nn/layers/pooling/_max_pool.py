"""MaxPool and AdaptiveMaxPool in one, two and three dimensions: the largest of each window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from nt_autograd import (
    Tensor,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
)

from .._sizes import Sizes, sizes
from ._windows import Adaptive, Window


class _MaxPool(Window):
    """Maxima over windows; a subclass says over how many axes."""

    op: ClassVar[Callable[..., Any]]

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode)
        self.dilation = sizes("dilation", dilation, self.axes)
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        """The maxima of input, and their places if they are asked for."""
        options = (self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)
        return type(self).op(input, *options, self.return_indices)

    def extra_repr(self) -> str:
        """The sizes."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """The largest element of each window of sequences: the module form of `max_pool1d`.

    Shapes: (N, C, L) or (C, L) -> the same with OL.

    Args:
        kernel_size: the window, one number; and so all that follow.
        stride: the step between windows; None for the window's size.
        padding: the places put around the sequence that never win; at most half of the window.
        dilation: the step between a window's elements.
        return_indices: whether to give the places of the maxima too, for `MaxUnpool1d`.
        ceil_mode: whether a last window may hang over the end, if it begins inside.

    Raises:
        ValueError: an option is out of its range; in a call, no window fits.

    Example:
        >>> from nt_autograd import ones
        >>> MaxPool1d(2)(ones(2, 3, 9)).shape
        (2, 3, 4)

    Source: Ranzato et al., Unsupervised learning of invariant feature hierarchies (2007); PyTorch's
        `torch.nn.MaxPool1d`.
    """

    axes, op = 1, max_pool1d


class MaxPool2d(_MaxPool):
    """The largest element of each window of images: the module form of `max_pool2d`.

    Shapes: (N, C, H, W) or (C, H, W) -> the same with OH, OW.

    Args:
        kernel_size: the window, one number or (rows, columns); and so all that follow.
        stride: the step between windows; None for the window's size.
        padding: the places put around the image that never win; at most half of the window.
        dilation: the step between a window's elements.
        return_indices: whether to give the places of the maxima too, for `MaxUnpool2d`.
        ceil_mode: whether a last window may hang over the end, if it begins inside.

    Raises:
        ValueError: an option is out of its range; in a call, no window fits.

    Example:
        >>> from nt_autograd import ones
        >>> MaxPool2d(2)(ones(2, 3, 9, 8)).shape
        (2, 3, 4, 4)

    Source: Ranzato et al., Unsupervised learning of invariant feature hierarchies (2007); PyTorch's
        `torch.nn.MaxPool2d`.
    """

    axes, op = 2, max_pool2d


class MaxPool3d(_MaxPool):
    """The largest element of each window of volumes: the module form of `max_pool3d`.

    Shapes: (N, C, D, H, W) or (C, D, H, W) -> the same with OD, OH, OW.

    Args:
        kernel_size: the window, one number or three; and so all that follow.
        stride: the step between windows; None for the window's size.
        padding: the places put around the volume that never win; at most half of the window.
        dilation: the step between a window's elements.
        return_indices: whether to give the places of the maxima too, for `MaxUnpool3d`.
        ceil_mode: whether a last window may hang over the end, if it begins inside.

    Raises:
        ValueError: an option is out of its range; in a call, no window fits.

    Example:
        >>> from nt_autograd import ones
        >>> MaxPool3d(2)(ones(2, 3, 9, 8, 7)).shape
        (2, 3, 4, 4, 3)

    Source: Ranzato et al., Unsupervised learning of invariant feature hierarchies (2007); PyTorch's
        `torch.nn.MaxPool3d`.
    """

    axes, op = 3, max_pool3d


class _AdaptiveMaxPool(Adaptive):
    """Maxima over so many windows; a subclass says over how many axes."""

    op: ClassVar[Callable[..., Any]]

    def __init__(
        self, output_size: int | Sequence[int | None] | None, return_indices: bool = False
    ) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        """The maxima of input, and their places if they are asked for."""
        return type(self).op(input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The maxima of sequences cut into so many windows: the form of `adaptive_max_pool1d`.

    Shapes: (N, C, L) or (C, L) -> the same with OL as `output_size` says.

    Args:
        output_size: of the result, one number; None keeps an axis.
        return_indices: whether to give the places of the maxima too.

    Raises:
        ValueError: `output_size` is out of its range; in a call, shapes that do not fit.

    Example:
        >>> from nt_autograd import ones
        >>> AdaptiveMaxPool1d(2)(ones(2, 3, 9)).shape
        (2, 3, 2)

    Source: PyTorch's `torch.nn.AdaptiveMaxPool1d`.
    """

    axes, op = 1, adaptive_max_pool1d


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The maxima of images cut into so many windows: the form of `adaptive_max_pool2d`.

    Shapes: (N, C, H, W) or (C, H, W) -> the same with OH, OW as `output_size` says.

    Args:
        output_size: of the result, one number or (rows, columns); None keeps an axis.
        return_indices: whether to give the places of the maxima too.

    Raises:
        ValueError: `output_size` is out of its range; in a call, shapes that do not fit.

    Example:
        >>> from nt_autograd import ones
        >>> AdaptiveMaxPool2d(2)(ones(2, 3, 9, 8)).shape
        (2, 3, 2, 2)

    Source: PyTorch's `torch.nn.AdaptiveMaxPool2d`.
    """

    axes, op = 2, adaptive_max_pool2d


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The maxima of volumes cut into so many windows: the form of `adaptive_max_pool3d`.

    Shapes: (N, C, D, H, W) or (C, D, H, W) -> the same with OD, OH, OW as `output_size` says.

    Args:
        output_size: of the result, one number or three; None keeps an axis.
        return_indices: whether to give the places of the maxima too.

    Raises:
        ValueError: `output_size` is out of its range; in a call, shapes that do not fit.

    Example:
        >>> from nt_autograd import ones
        >>> AdaptiveMaxPool3d(2)(ones(2, 3, 9, 8, 7)).shape
        (2, 3, 2, 2, 2)

    Source: PyTorch's `torch.nn.AdaptiveMaxPool3d`.
    """

    axes, op = 3, adaptive_max_pool3d
