"""MaxUnpool in one, two and three dimensions: maxima put back in their places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from nt_autograd import Tensor, max_unpool1d, max_unpool2d, max_unpool3d

from .._sizes import Sizes
from ._windows import Window


class _MaxUnpool(Window):
    """Maxima put back; a subclass says over how many axes."""

    op: ClassVar[Callable[..., Any]]

    def __init__(self, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0) -> None:
        super().__init__(kernel_size, stride, padding)

    def forward(
        self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None
    ) -> Tensor:
        """Put the maxima in their places; `output_size` tells which of the sizes that fit."""
        options = (self.kernel_size, self.stride, self.padding, output_size)
        y: Tensor = type(self).op(input, indices, *options)
        return y


class MaxUnpool1d(_MaxUnpool):
    """Maxima of sequences put where they came from: the module form of `max_unpool1d`.

    Shapes: twice (N, C, L) or (C, L) -> the same with OL.

    Args:
        kernel_size: the window that they come from, one number.
        stride: the step between windows; None for the window's size.
        padding: what was put around the sequence.

    Raises:
        ValueError: an option is out of its range; in a call, shapes that do not fit.

    Example:
        >>> from nt_autograd import ones
        >>> from nt_nn import MaxPool1d
        >>> y, places = MaxPool1d(3, return_indices=True)(ones(2, 3, 9))
        >>> MaxUnpool1d(3)(y, places, output_size=(9,)).shape
        (2, 3, 9)

    Source: Zeiler and Fergus, Visualizing and understanding convolutional networks (2014);
        PyTorch's `torch.nn.MaxUnpool1d`.
    """

    axes, op = 1, max_unpool1d


class MaxUnpool2d(_MaxUnpool):
    """Maxima of images put where they came from: the module form of `max_unpool2d`.

    Shapes: twice (N, C, H, W) or (C, H, W) -> the same with OH, OW.

    Args:
        kernel_size: the window that they come from, one number or (rows, columns).
        stride: the step between windows; None for the window's size.
        padding: what was put around the image.

    Raises:
        ValueError: an option is out of its range; in a call, shapes that do not fit.

    Example:
        >>> from nt_autograd import ones
        >>> from nt_nn import MaxPool2d
        >>> y, places = MaxPool2d(3, return_indices=True)(ones(2, 3, 9, 8))
        >>> MaxUnpool2d(3)(y, places, output_size=(9, 8)).shape
        (2, 3, 9, 8)

    Source: Zeiler and Fergus, Visualizing and understanding convolutional networks (2014);
        PyTorch's `torch.nn.MaxUnpool2d`.
    """

    axes, op = 2, max_unpool2d


class MaxUnpool3d(_MaxUnpool):
    """Maxima of volumes put where they came from: the module form of `max_unpool3d`.

    Shapes: twice (N, C, D, H, W) or (C, D, H, W) -> the same with OD, OH, OW.

    Args:
        kernel_size: the window that they come from, one number or three.
        stride: the step between windows; None for the window's size.
        padding: what was put around the volume.

    Raises:
        ValueError: an option is out of its range; in a call, shapes that do not fit.

    Example:
        >>> from nt_autograd import ones
        >>> from nt_nn import MaxPool3d
        >>> y, places = MaxPool3d(3, return_indices=True)(ones(2, 3, 9, 8, 7))
        >>> MaxUnpool3d(3)(y, places, output_size=(9, 8, 7)).shape
        (2, 3, 9, 8, 7)

    Source: Zeiler and Fergus, Visualizing and understanding convolutional networks (2014);
        PyTorch's `torch.nn.MaxUnpool3d`.
    """

    axes, op = 3, max_unpool3d
