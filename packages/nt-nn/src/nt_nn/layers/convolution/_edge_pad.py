"""Padding by what stands at the edges: ReflectionPad, ReplicationPad and CircularPad."""

from __future__ import annotations

from ._pad import Pad


class ReflectionPad1d(Pad):
    """Sequences reflected at their edges, whose elements are not repeated.

    Shapes: (N, C, L) or (C, L) -> the same with a longer L.

    Args:
        padding: one number for both sides, or (left, right).

    Raises:
        ValueError: there are not as many widths; in a call, one is not smaller than its axis.

    Example:
        >>> from nt_autograd import tensor
        >>> ReflectionPad1d(2)(tensor([[1.0, 2.0, 3.0]]))
        tensor([[3., 2., 1., 2., 3., 2., 1.]])

    Source: PyTorch's `torch.nn.ReflectionPad1d`.
    """

    axes, mode = 1, "reflect"


class ReflectionPad2d(Pad):
    """Images reflected at their edges, whose elements are not repeated.

    Shapes: (N, C, H, W) or (C, H, W) -> the same with a larger H and W.

    Args:
        padding: one number for all sides, or (left, right, top, bottom).

    Raises:
        ValueError: there are not as many widths; in a call, one is not smaller than its axis.

    Example:
        >>> from nt_autograd import tensor
        >>> ReflectionPad2d(1)(tensor([[[1.0, 2.0], [3.0, 4.0]]]))[0, 0]
        tensor([4., 3., 4., 3.])

    Source: PyTorch's `torch.nn.ReflectionPad2d`.
    """

    axes, mode = 2, "reflect"


class ReflectionPad3d(Pad):
    """Volumes reflected at their edges, whose elements are not repeated.

    Shapes: (N, C, D, H, W) or (C, D, H, W) -> the same with a larger D, H and W.

    Args:
        padding: one number for all sides, or (left, right, top, bottom, front, back).

    Raises:
        ValueError: there are not as many widths; in a call, one is not smaller than its axis.

    Example:
        >>> from nt_autograd import ones
        >>> ReflectionPad3d(1)(ones(1, 2, 3, 4)).shape
        (1, 4, 5, 6)

    Source: PyTorch's `torch.nn.ReflectionPad3d`.
    """

    axes, mode = 3, "reflect"


class ReplicationPad1d(Pad):
    """The edges of sequences repeated outwards.

    Shapes: (N, C, L) or (C, L) -> the same with a longer L.

    Args:
        padding: one number for both sides, or (left, right).

    Raises:
        ValueError: there are not as many widths.

    Example:
        >>> from nt_autograd import tensor
        >>> ReplicationPad1d(2)(tensor([[1.0, 2.0, 3.0]]))
        tensor([[1., 1., 1., 2., 3., 3., 3.]])

    Source: PyTorch's `torch.nn.ReplicationPad1d`.
    """

    axes, mode = 1, "replicate"


class ReplicationPad2d(Pad):
    """The edges of images repeated outwards.

    Shapes: (N, C, H, W) or (C, H, W) -> the same with a larger H and W.

    Args:
        padding: one number for all sides, or (left, right, top, bottom).

    Raises:
        ValueError: there are not as many widths.

    Example:
        >>> from nt_autograd import tensor
        >>> ReplicationPad2d(1)(tensor([[[1.0, 2.0], [3.0, 4.0]]]))[0, 0]
        tensor([1., 1., 2., 2.])

    Source: PyTorch's `torch.nn.ReplicationPad2d`.
    """

    axes, mode = 2, "replicate"


class ReplicationPad3d(Pad):
    """The edges of volumes repeated outwards.

    Shapes: (N, C, D, H, W) or (C, D, H, W) -> the same with a larger D, H and W.

    Args:
        padding: one number for all sides, or (left, right, top, bottom, front, back).

    Raises:
        ValueError: there are not as many widths.

    Example:
        >>> from nt_autograd import ones
        >>> ReplicationPad3d(1)(ones(1, 2, 3, 4)).shape
        (1, 4, 5, 6)

    Source: PyTorch's `torch.nn.ReplicationPad3d`.
    """

    axes, mode = 3, "replicate"


class CircularPad1d(Pad):
    """Sequences going on at the opposite edge.

    Shapes: (N, C, L) or (C, L) -> the same with a longer L.

    Args:
        padding: one number for both sides, or (left, right).

    Raises:
        ValueError: there are not as many widths; in a call, one exceeds its axis.

    Example:
        >>> from nt_autograd import tensor
        >>> CircularPad1d(2)(tensor([[1.0, 2.0, 3.0]]))
        tensor([[2., 3., 1., 2., 3., 1., 2.]])

    Source: PyTorch's `torch.nn.CircularPad1d`.
    """

    axes, mode = 1, "circular"


class CircularPad2d(Pad):
    """Images going on at the opposite edge.

    Shapes: (N, C, H, W) or (C, H, W) -> the same with a larger H and W.

    Args:
        padding: one number for all sides, or (left, right, top, bottom).

    Raises:
        ValueError: there are not as many widths; in a call, one exceeds its axis.

    Example:
        >>> from nt_autograd import tensor
        >>> CircularPad2d(1)(tensor([[[1.0, 2.0], [3.0, 4.0]]]))[0, 0]
        tensor([4., 3., 4., 3.])

    Source: PyTorch's `torch.nn.CircularPad2d`.
    """

    axes, mode = 2, "circular"


class CircularPad3d(Pad):
    """Volumes going on at the opposite edge.

    Shapes: (N, C, D, H, W) or (C, D, H, W) -> the same with a larger D, H and W.

    Args:
        padding: one number for all sides, or (left, right, top, bottom, front, back).

    Raises:
        ValueError: there are not as many widths; in a call, one exceeds its axis.

    Example:
        >>> from nt_autograd import ones
        >>> CircularPad3d(1)(ones(1, 2, 3, 4)).shape
        (1, 4, 5, 6)

    Source: PyTorch's `torch.nn.CircularPad3d`.
    """

    axes, mode = 3, "circular"
