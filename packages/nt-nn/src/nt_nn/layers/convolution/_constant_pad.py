"""Padding with a constant: ZeroPad and ConstantPad in one, two and three dimensions."""

from __future__ import annotations

from collections.abc import Sequence

from ._pad import Pad


class ZeroPad1d(Pad):
    """Zeros put around sequences.

    Shapes: (N, C, L) or (C, L) -> the same with a longer L.

    Args:
        padding: one number for both sides, or (left, right).

    Raises:
        ValueError: there are not as many widths.

    Example:
        >>> from nt_autograd import tensor
        >>> ZeroPad1d((1, 2))(tensor([[1.0, 2.0]]))
        tensor([[0., 1., 2., 0., 0.]])

    Source: PyTorch's `torch.nn.ZeroPad1d`.
    """

    axes, mode = 1, "constant"


class ZeroPad2d(Pad):
    """Zeros put around images.

    Shapes: (N, C, H, W) or (C, H, W) -> the same with a larger H and W.

    Args:
        padding: one number for all sides, or (left, right, top, bottom).

    Raises:
        ValueError: there are not as many widths.

    Example:
        >>> from nt_autograd import tensor
        >>> ZeroPad2d((1, 0, 1, 0))(tensor([[[1.0, 2.0]]]))
        tensor([[[0., 0., 0.], [0., 1., 2.]]])

    Source: PyTorch's `torch.nn.ZeroPad2d`.
    """

    axes, mode = 2, "constant"


class ZeroPad3d(Pad):
    """Zeros put around volumes.

    Shapes: (N, C, D, H, W) or (C, D, H, W) -> the same with a larger D, H and W.

    Args:
        padding: one number for all sides, or (left, right, top, bottom, front, back).

    Raises:
        ValueError: there are not as many widths.

    Example:
        >>> from nt_autograd import ones
        >>> ZeroPad3d(1)(ones(1, 2, 3, 4)).shape
        (1, 4, 5, 6)

    Source: PyTorch's `torch.nn.ZeroPad3d`.
    """

    axes, mode = 3, "constant"


class _ConstantPad(Pad):
    """Padding with one value; a subclass says over how many axes."""

    mode = "constant"

    def __init__(self, padding: int | Sequence[int], value: float) -> None:
        super().__init__(padding)
        self.value = value

    def extra_repr(self) -> str:
        """The widths and the value."""
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPad):
    """One value put around sequences.

    Shapes: (N, C, L) or (C, L) -> the same with a longer L.

    Args:
        padding: one number for both sides, or (left, right).
        value: what is put there.

    Raises:
        ValueError: there are not as many widths.

    Example:
        >>> from nt_autograd import tensor
        >>> ConstantPad1d(1, 9.0)(tensor([[1.0, 2.0]]))
        tensor([[9., 1., 2., 9.]])

    Source: PyTorch's `torch.nn.ConstantPad1d`.
    """

    axes = 1


class ConstantPad2d(_ConstantPad):
    """One value put around images.

    Shapes: (N, C, H, W) or (C, H, W) -> the same with a larger H and W.

    Args:
        padding: one number for all sides, or (left, right, top, bottom).
        value: what is put there.

    Raises:
        ValueError: there are not as many widths.

    Example:
        >>> from nt_autograd import tensor
        >>> ConstantPad2d((1, 0, 0, 1), 9.0)(tensor([[[1.0, 2.0]]]))
        tensor([[[9., 1., 2.], [9., 9., 9.]]])

    Source: PyTorch's `torch.nn.ConstantPad2d`.
    """

    axes = 2


class ConstantPad3d(_ConstantPad):
    """One value put around volumes.

    Shapes: (N, C, D, H, W) or (C, D, H, W) -> the same with a larger D, H and W.

    Args:
        padding: one number for all sides, or (left, right, top, bottom, front, back).
        value: what is put there.

    Raises:
        ValueError: there are not as many widths.

    Example:
        >>> from nt_autograd import ones
        >>> ConstantPad3d(1, 9.0)(ones(1, 2, 3, 4)).shape
        (1, 4, 5, 6)

    Source: PyTorch's `torch.nn.ConstantPad3d`.
    """

    axes = 3
