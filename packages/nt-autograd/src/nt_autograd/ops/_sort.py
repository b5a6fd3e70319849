"""Order along an axis: sort, argsort, topk."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

from nt_tensor import kernels, namespace

from ..primitive import primitive
from ._axes import axis_of
from ._gather import gather

__all__ = ["Ordered", "argsort", "sort", "topk"]


class Ordered(NamedTuple):
    """Values and the indices that they came from.

    Example:
        >>> from nt_autograd import tensor
        >>> sort(tensor([3.0, 1.0])).values
        tensor([1., 3.])
    """

    values: Any
    indices: Any


def sort(input: Any, dim: int = -1, descending: bool = False, stable: bool = True) -> Ordered:
    """Sort along an axis. Equal elements keep their order, whatever `stable` says; NaN comes last.

    The gradient of each value goes to the element that it was.

    Args:
        input: any shape.
        dim: the axis.
        descending: largest first; NaN then comes first.
        stable: accepted for PyTorch's sake.

    Returns:
        (values, indices), both of the input's shape.

    Example:
        >>> from nt_autograd import tensor
        >>> values, indices = sort(tensor([3.0, 1.0, 2.0]))
        >>> values, indices
        (tensor([1., 2., 3.]), tensor([1, 2, 0]))

    Source: PyTorch's `torch.sort`.
    """
    indices = argsort(input, dim, descending)
    return Ordered(gather(input, dim if input.ndim else 0, indices), indices)


@primitive
def argsort(x: Any, /, dim: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """The indices that sort along an axis; equal elements keep their order.

    Args:
        x: any shape.
        dim: the axis.
        descending: largest first.
        stable: accepted for PyTorch's sake.

    Returns:
        int64, the shape of `x`.

    Example:
        >>> from nt_autograd import tensor
        >>> argsort(tensor([3.0, 1.0, 2.0]))
        tensor([1, 2, 0])

    Source: PyTorch's `torch.argsort`.
    """
    xp = namespace(x)
    if not x.ndim:
        return xp.zeros((), dtype=xp.int64)
    axis = axis_of(dim, x.ndim)
    order = xp.argsort(x, axis=axis, descending=descending, stable=True)
    return xp.astype(order, xp.int64)


@argsort.cost
def _(x_shape: tuple[int, ...], dim: int) -> int:
    n = x_shape[dim] if x_shape else 1
    return prod(x_shape) * max(n - 1, 1).bit_length()  # comparisons: n log2 n


def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Ordered:
    """The `k` largest (or smallest) elements along an axis, in order.

    Args:
        input: any shape.
        k: how many, no more than the axis is long.
        dim: the axis.
        largest: or else the smallest.
        sorted: accepted for PyTorch's sake; they always are.

    Returns:
        (values, indices) with `k` elements along the axis. Of equal ones any may be taken.

    Raises:
        ValueError: `k` is negative or the axis is shorter.

    Example:
        >>> from nt_autograd import tensor
        >>> topk(tensor([3.0, 1.0, 2.0]), 2).values
        tensor([3., 2.])

    Source: PyTorch's `torch.topk`.
    """
    indices = _topk(input, k, dim, largest)
    return Ordered(gather(input, dim if input.ndim else 0, indices), indices)


@primitive
def _topk(x: Any, /, k: int, dim: int, largest: bool) -> Any:
    """The indices of `topk`."""
    xp = namespace(x)
    axis = axis_of(dim, x.ndim) if x.ndim else 0
    if not 0 <= k <= (x.shape[axis] if x.ndim else 1):
        raise ValueError(f"k ({k}) must be from 0 to the length of dim {dim}")
    if not x.ndim:
        return xp.zeros((), dtype=xp.int64)
    last = xp.moveaxis(x, axis, -1)
    return xp.astype(xp.moveaxis(kernels.topk(last, k, largest), -1, axis), xp.int64)


@_topk.cost
def _(x_shape: tuple[int, ...]) -> int:
    return prod(x_shape)
