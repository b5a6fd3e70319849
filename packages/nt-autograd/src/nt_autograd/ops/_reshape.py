"""The same elements in another shape: reshape, flatten, unflatten, squeeze, unsqueeze."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from nt_tensor import namespace

from ..cost import free
from ..primitive import primitive
from ._axes import Dim, axes_of, axis_of

__all__ = ["flatten", "reshape", "squeeze", "unflatten", "unsqueeze", "view"]


@primitive
def reshape(x: Any, /, shape: Sequence[int]) -> Any:
    """The elements of `x`, in row-major order, in another shape.

    Memory is shared where that is possible.

    Args:
        x: any shape.
        shape: lengths whose product is the number of elements; one may be -1, which is worked out.

    Raises:
        ValueError: the elements do not fill the shape.

    Example:
        >>> from nt_autograd import tensor
        >>> reshape(tensor([1.0, 2.0, 3.0, 4.0]), (2, -1))
        tensor([[1., 2.], [3., 4.]])

    Source: PyTorch's `torch.reshape`.
    """
    return namespace(x).reshape(x, tuple(shape))


@reshape.backward
def _(g: Any, x_shape: tuple[int, ...]) -> Any:
    return reshape(g, x_shape)


reshape.cost(free)


def view(x: Any, shape: Sequence[int]) -> Any:
    """The elements of `x` in another shape: another name of `reshape`.

    Example:
        >>> from nt_autograd import tensor
        >>> view(tensor([1.0, 2.0]), (2, 1)).shape
        (2, 1)

    Source: PyTorch's `Tensor.view`.
    """
    return reshape(x, shape)


def flatten(x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Join the axes from `start_dim` to `end_dim` into one; a tensor without axes gets one.

    Raises:
        ValueError: `start_dim` comes after `end_dim`.

    Example:
        >>> from nt_autograd import zeros
        >>> flatten(zeros(2, 3, 4), 1).shape
        (2, 12)

    Source: PyTorch's `torch.flatten`.
    """
    shape = tuple(x.shape)
    first, last = axis_of(start_dim, len(shape)), axis_of(end_dim, len(shape))
    if first > last:
        raise ValueError(f"start_dim ({start_dim}) comes after end_dim ({end_dim})")
    return reshape(x, (*shape[:first], prod(shape[first : last + 1]), *shape[last + 1 :]))


def unflatten(x: Any, dim: int, sizes: Sequence[int]) -> Any:
    """Split one axis into several; the opposite of `flatten`.

    Args:
        x: any shape.
        dim: the axis to split.
        sizes: lengths whose product is that axis' length; one may be -1.

    Raises:
        ValueError: the sizes do not fill the axis.

    Example:
        >>> from nt_autograd import zeros
        >>> unflatten(zeros(2, 12), 1, (3, -1)).shape
        (2, 3, 4)

    Source: PyTorch's `torch.unflatten`.
    """
    shape = tuple(x.shape)
    axis = axis_of(dim, len(shape))
    sizes = list(sizes)
    known = prod([n for n in sizes if n != -1])
    if sizes.count(-1) == 1 and known and shape[axis] % known == 0:
        sizes[sizes.index(-1)] = shape[axis] // known
    if prod(sizes) != shape[axis] or -1 in sizes:
        raise ValueError(
            f"sizes {tuple(sizes)} do not fill dim {dim}, whose length is {shape[axis]}"
        )
    return reshape(x, (*shape[:axis], *sizes, *shape[axis + 1 :]))


def squeeze(x: Any, dim: Dim = None) -> Any:
    """Drop axes of length 1: those of `dim` that have it, or all.

    Example:
        >>> from nt_autograd import zeros
        >>> squeeze(zeros(1, 3, 1)).shape, squeeze(zeros(1, 3, 1), 0).shape
        ((3,), (3, 1))

    Source: PyTorch's `torch.squeeze`.
    """
    shape = tuple(x.shape)
    axes = axes_of(dim, len(shape))
    return reshape(x, [n for i, n in enumerate(shape) if n != 1 or i not in axes])


def unsqueeze(x: Any, dim: int) -> Any:
    """Put in an axis of length 1, so that it becomes axis `dim`.

    Example:
        >>> from nt_autograd import zeros
        >>> unsqueeze(zeros(2, 3), -1).shape
        (2, 3, 1)

    Source: PyTorch's `torch.unsqueeze`.
    """
    shape = tuple(x.shape)
    axis = axis_of(dim, len(shape) + 1)
    return reshape(x, (*shape[:axis], 1, *shape[axis:]))
