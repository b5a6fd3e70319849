"""Whole slices picked along an axis by number, and their way back: index_select and index_add."""

from __future__ import annotations

from math import prod
from typing import Any

from nt_tensor import DType, dtype_of, kernels, namespace

from ..cost import moved
from ..primitive import primitive
from ..tensor import Tensor
from ._arithmetic import add, mul
from ._axes import axis_of
from ._bounds import check_index

__all__ = ["index_add", "index_select"]


def index_select(input: Any, dim: int, index: Any) -> Any:
    """The slices of `input` along one axis that `index` names, in its order.

    Args:
        input: any shape.
        dim: the axis.
        index: integers (n,).

    Raises:
        IndexError: an index is negative or not smaller than the axis.
        TypeError: `index` does not hold integers.
        ValueError: `index` has more than one axis.

    Example:
        >>> from nt_autograd import tensor
        >>> index_select(tensor([[1.0, 2.0], [3.0, 4.0]]), 1, tensor([1, 1, 0]))
        tensor([[2., 2., 1.], [4., 4., 3.]])

    Source: PyTorch's `torch.index_select`.
    """
    if len(index.shape) != 1:
        raise ValueError(f"index_select: index must have one axis, not shape {tuple(index.shape)}")
    return _index_select(input, index, dim)


@primitive
def _index_select(x: Any, index: Any, /, dim: int) -> Any:
    """The op behind `index_select`."""
    axis = axis_of(dim, x.ndim)
    check_index("index", index, x.shape[axis])
    return namespace(x).take(x, index, axis=axis)


_index_select.cost(moved)


@_index_select.backward
def _(g: Any, index: Any, x_shape: tuple[int, ...], dim: int) -> Any:
    return _index_spread(g, index, dim, x_shape[dim]), None


@primitive
def _index_spread(g: Any, index: Any, /, dim: int, length: int) -> Any:
    """Zeros of that length along an axis, with the slices of `g` added where `index` says."""
    axis = axis_of(dim, g.ndim)
    xp = namespace(g)
    rows = xp.moveaxis(g, axis, 0) if axis else g
    y = kernels.scatter_add(rows, index, length)
    return xp.moveaxis(y, 0, axis) if axis else y


@_index_spread.cost
def _(g_shape: tuple[int, ...]) -> int:
    return prod(g_shape)


@_index_spread.backward
def _(h: Any, index: Any, dim: int) -> Any:
    return _index_select(h, index, dim), None


def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: float = 1) -> Any:
    r"""Add slices of `source`, times `alpha`, to those of `input` that `index` names.

    Args:
        input: any shape.
        dim: the axis.
        index: integers (n,).
        source: the shape of `input`, but n along the axis; of its dtype.
        alpha: a factor.

    Raises:
        IndexError: an index is negative or not smaller than the axis.
        ValueError: the shapes do not fit.
        TypeError: the dtypes differ, or `index` does not hold integers.

    Example:
        >>> from nt_autograd import tensor, zeros
        >>> index_add(zeros(3), 0, tensor([2, 2]), tensor([1.0, 10.0]))
        tensor([ 0.,  0., 11.])

    Source: PyTorch's `torch.index_add`.
    """
    shape = list(input.shape)
    axis = axis_of(dim, len(shape))
    places = index.data if isinstance(index, Tensor) else index
    check_index("index_add: index", places, shape[axis])
    if len(places.shape) != 1:
        raise ValueError(f"index_add: index must have one axis, not shape {tuple(places.shape)}")
    wanted = (*shape[:axis], places.shape[0], *shape[axis + 1 :])
    if tuple(source.shape) != wanted:
        raise ValueError(f"index_add: source has shape {tuple(source.shape)}, not {wanted}")
    if (own := _dtype(source)) != _dtype(input):
        raise TypeError(f"index_add: source is {own}, the input {_dtype(input)}")
    if alpha != 1:
        source = mul(source, alpha)
    return add(input, _index_spread(source, places, dim, shape[axis]))


def _dtype(x: Any) -> DType:
    return dtype_of(x.data if isinstance(x, Tensor) else x)
