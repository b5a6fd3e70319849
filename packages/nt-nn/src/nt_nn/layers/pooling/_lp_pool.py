"""LPPool in one, two and three dimensions: the norm of each window."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

from nt_autograd import Tensor, lp_pool1d, lp_pool2d, lp_pool3d

from .._sizes import Sizes
from ._windows import Window


class _LPPool(Window):
    """Norms over windows; a subclass says over how many axes."""

    op: ClassVar[Callable[..., Any]]

    def __init__(
        self,
        norm_type: float,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        ceil_mode: bool = False,
    ) -> None:
        if not 0 < norm_type < math.inf:
            raise ValueError(f"norm_type ({norm_type}) must be positive and finite")
        super().__init__(kernel_size, stride, 0, ceil_mode)
        self.norm_type = norm_type

    def forward(self, input: Tensor) -> Tensor:
        """The norms of the windows of input."""
        options = (self.norm_type, self.kernel_size, self.stride, self.ceil_mode)
        y: Tensor = type(self).op(input, *options)
        return y

    def extra_repr(self) -> str:
        """The norm and the sizes."""
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    r"""The norm of each window of sequences, $y = (\sum_k x_k^p)^{1/p}$: the form of `lp_pool1d`.

    Shapes: (N, C, L) or (C, L) -> the same with OL.

    Args:
        norm_type: $p$, positive; 1 is sum pooling.
        kernel_size: the window, one number; and so the stride.
        stride: the step between windows; None for the window's size.
        ceil_mode: whether a last window may hang over the end, if it begins inside.

    Raises:
        ValueError: an option is out of its range; in a call, no window fits.

    Example:
        >>> from nt_autograd import ones
        >>> LPPool1d(2, 3)(ones(2, 3, 9)).shape
        (2, 3, 3)

    Source: Sermanet, Chintala and LeCun, Convolutional neural networks applied to house numbers
        digit classification (2012); PyTorch's `torch.nn.LPPool1d`.
    """

    axes, op = 1, lp_pool1d


class LPPool2d(_LPPool):
    r"""The norm of each window of images, $y = (\sum_k x_k^p)^{1/p}$: the form of `lp_pool2d`.

    Shapes: (N, C, H, W) or (C, H, W) -> the same with OH, OW.

    Args:
        norm_type: $p$, positive; 1 is sum pooling.
        kernel_size: the window, one number or (rows, columns); and so the stride.
        stride: the step between windows; None for the window's size.
        ceil_mode: whether a last window may hang over the end, if it begins inside.

    Raises:
        ValueError: an option is out of its range; in a call, no window fits.

    Example:
        >>> from nt_autograd import ones
        >>> LPPool2d(2, 3)(ones(2, 3, 9, 8)).shape
        (2, 3, 3, 2)

    Source: Sermanet, Chintala and LeCun, Convolutional neural networks applied to house numbers
        digit classification (2012); PyTorch's `torch.nn.LPPool2d`.
    """

    axes, op = 2, lp_pool2d


class LPPool3d(_LPPool):
    r"""The norm of each window of volumes, $y = (\sum_k x_k^p)^{1/p}$: the form of `lp_pool3d`.

    Shapes: (N, C, D, H, W) or (C, D, H, W) -> the same with OD, OH, OW.

    Args:
        norm_type: $p$, positive; 1 is sum pooling.
        kernel_size: the window, one number or three; and so the stride.
        stride: the step between windows; None for the window's size.
        ceil_mode: whether a last window may hang over the end, if it begins inside.

    Raises:
        ValueError: an option is out of its range; in a call, no window fits.

    Example:
        >>> from nt_autograd import ones
        >>> LPPool3d(2, 3)(ones(2, 3, 9, 8, 7)).shape
        (2, 3, 3, 2, 2)

    Source: Sermanet, Chintala and LeCun, Convolutional neural networks applied to house numbers
        digit classification (2012); PyTorch's `torch.nn.LPPool3d`.
    """

    axes, op = 3, lp_pool3d
