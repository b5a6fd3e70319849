"""Unfold and Fold: the patches of an image as columns, and back."""

from __future__ import annotations

from nt_autograd import Tensor, fold, unfold

from ...module import Module
from .._sizes import Sizes, sizes


class _Patches(Module):
    """The options that both share."""

    def __init__(
        self, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1
    ) -> None:
        self.kernel_size = sizes("kernel_size", kernel_size, 2)
        self.dilation = sizes("dilation", dilation, 2)
        self.padding = sizes("padding", padding, 2, 0)
        self.stride = sizes("stride", stride, 2)

    def extra_repr(self) -> str:
        """The sizes."""
        return (
            f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, "
            f"stride={self.stride}"
        )


class Unfold(_Patches):
    r"""The patches of an image as columns: the module form of `nt_autograd.unfold`.

    Shapes: (N, C, H, W) or (C, H, W) -> (N, C kh kw, OH OW).

    Args:
        kernel_size: the patch, one number or (rows, columns).
        dilation: the step between a patch's elements.
        padding: zeros around the image.
        stride: the step between patches.

    Raises:
        ValueError: an option is out of its range; in a call, no patch fits into the image.

    Example:
        >>> from nt_autograd import ones
        >>> Unfold(2, stride=2)(ones(1, 3, 4, 6)).shape
        (1, 12, 6)

    Source: PyTorch's `torch.nn.Unfold`.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Take input (N, C, H, W) apart."""
        y: Tensor = unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)
        return y


class Fold(_Patches):
    r"""Columns of patches added up to an image: the module form of `nt_autograd.fold`.

    Shapes: (N, C kh kw, L) or (C kh kw, L) -> (N, C, H, W).

    Args:
        output_size: of the image, one number or (H, W).
        kernel_size: the patch, one number or (rows, columns).
        dilation: the step between a patch's elements.
        padding: what was put around the image.
        stride: the step between patches.

    Raises:
        ValueError: an option is out of its range; in a call, there are not as many columns as
            patches in such an image.

    Example:
        >>> from nt_autograd import ones
        >>> Fold((4, 6), 2, stride=2)(ones(1, 12, 6)).shape
        (1, 3, 4, 6)

    Source: PyTorch's `torch.nn.Fold`.
    """

    def __init__(
        self,
        output_size: Sizes,
        kernel_size: Sizes,
        dilation: Sizes = 1,
        padding: Sizes = 0,
        stride: Sizes = 1,
    ) -> None:
        super().__init__(kernel_size, dilation, padding, stride)
        self.output_size = sizes("output_size", output_size, 2)

    def forward(self, input: Tensor) -> Tensor:
        """Add input (N, C kh kw, L) up."""
        options = (self.kernel_size, self.dilation, self.padding, self.stride)
        y: Tensor = fold(input, self.output_size, *options)
        return y

    def extra_repr(self) -> str:
        """The sizes."""
        return f"output_size={self.output_size}, {super().extra_repr()}"
