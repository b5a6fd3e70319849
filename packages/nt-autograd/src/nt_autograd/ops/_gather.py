"""Elements picked along an axis, one index an element, and their way back: gather and scatter."""

from __future__ import annotations

from math import prod
from typing import Any

from nt_tensor import dtype_of, kernels, namespace

from ..cost import moved
from ..primitive import primitive
from ..tensor import Tensor
from ._arithmetic import add
from ._axes import axis_of
from ._bounds import check_index
from ._expand import expand
from ._getitem import getitem
from ._promote import number_like
from ._reshape import reshape
from ._where import where

__all__ = ["gather", "scatter", "scatter_add", "take_along_dim"]


def gather(input: Any, dim: int, index: Any) -> Any:
    r"""Pick along one axis, $y_{i \ldots j \ldots k} = x_{i \ldots \mathrm{index}_{ijk} \ldots k}$.

    Args:
        input: any shape.
        dim: the axis to pick along.
        index: integers, as many axes as `input`, and no longer than it along the others.

    Raises:
        IndexError: an index is negative or not smaller than the axis.
        ValueError: the shapes do not fit.
        TypeError: `index` does not hold integers.

    Example:
        >>> from nt_autograd import tensor
        >>> gather(tensor([[1.0, 2.0], [3.0, 4.0]]), 1, tensor([[1], [0]]))
        tensor([[2.], [3.]])

    Source: PyTorch's `torch.gather`.
    """
    return _gather(input, index, dim)


@primitive
def _gather(x: Any, index: Any, /, dim: int) -> Any:
    """The op behind `gather`."""
    axis = _fit(x.shape, index, dim)
    check_index("index", index, x.shape[axis] if x.ndim else 1)
    return _pick(x, index, axis)


_gather.cost(moved)


@_gather.backward
def _(g: Any, index: Any, x_shape: tuple[int, ...], dim: int) -> Any:
    return _scatter(g, index, dim, x_shape), None


@primitive
def _scatter(src: Any, index: Any, /, dim: int, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` with `src` added at `index` along `dim`: the gradient of `gather`."""
    if not shape:
        return namespace(src).sum(src)
    xp = namespace(src)
    places = _places(index, axis_of(dim, len(shape)), shape)
    flat = xp.reshape(src, (prod(index.shape),))
    sums = kernels.scatter_add(flat, xp.reshape(places, (prod(index.shape),)), prod(shape))
    return xp.reshape(sums, shape)


@_scatter.cost
def _(src_shape: tuple[int, ...]) -> int:
    return prod(src_shape)


@_scatter.backward
def _(h: Any, index: Any, dim: int) -> Any:
    return _gather(h, index, dim), None


def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Any:
    """Pick along one axis; both shapes broadcast along the others. Fits what `argsort` gives.

    Args:
        input: any shape.
        indices: integers with as many axes as `input`; any shape if `dim` is None.
        dim: the axis to pick along; None picks from the flattened input.

    Raises:
        IndexError: an index is negative or not smaller than the axis.
        ValueError: the shapes do not broadcast.

    Example:
        >>> from nt_autograd import argsort, tensor
        >>> x = tensor([[3.0, 1.0, 2.0]])
        >>> take_along_dim(x, argsort(x, 1), 1)
        tensor([[1., 2., 3.]])

    Source: PyTorch's `torch.take_along_dim`.
    """
    if dim is None:
        flat = _gather(reshape(input, (-1,)), reshape(indices, (-1,)), 0)
        return reshape(flat, tuple(indices.shape))
    if len(indices.shape) != len(input.shape):
        raise ValueError(
            f"take_along_dim: indices {tuple(indices.shape)} must have as many axes as "
            f"input {tuple(input.shape)}"
        )
    axis = axis_of(dim, len(input.shape))
    sides = []
    for a, b in ((input, indices), (indices, input)):
        joint = [max(m, n) if 0 not in (m, n) else 0 for m, n in zip(a.shape, b.shape, strict=True)]
        joint[axis] = a.shape[axis]
        sides.append(a if tuple(a.shape) == tuple(joint) else expand(a, tuple(joint)))
    return _gather(sides[0], sides[1], dim)


def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    r"""Add each element of `src` to the place in `input` that `index` names along `dim`.

    Args:
        input: any shape.
        dim: the axis along which `index` chooses.
        index: integers, as many axes as `input`, no longer than it along the others.
        src: at least as long as `index` along every axis, of the dtype of `input`.

    Raises:
        IndexError: an index is negative or not smaller than the axis.
        ValueError: the shapes do not fit.
        TypeError: the dtypes differ, or `index` does not hold integers.

    Example:
        >>> from nt_autograd import tensor, zeros
        >>> scatter_add(zeros(3), 0, tensor([0, 2, 2]), tensor([1.0, 2.0, 3.0]))
        tensor([1., 0., 5.])

    Source: PyTorch's `torch.scatter_add`.
    """
    src = _source("scatter_add", input, dim, index, src)
    return add(input, _scatter(src, index, dim, tuple(input.shape)))


def scatter(input: Any, dim: int, index: Any, src: Any) -> Any:
    """`input` with each element of `src` in the place that `index` names along `dim`.

    Where several come to one place the last one stays, and it alone gets a gradient.

    Args:
        input: any shape.
        dim: the axis along which `index` chooses.
        index: integers, as many axes as `input`, no longer than it along the others.
        src: at least as long as `index` along every axis, of the dtype of `input`; or a number.

    Raises:
        IndexError: an index is negative or not smaller than the axis.
        ValueError: the shapes do not fit.
        TypeError: the dtypes differ, or `index` does not hold integers.

    Example:
        >>> from nt_autograd import tensor, zeros
        >>> scatter(zeros(3), 0, tensor([0, 2, 2]), tensor([1.0, 2.0, 3.0]))
        tensor([1., 0., 3.])

    Source: PyTorch's `torch.scatter`.
    """
    places = index.data if isinstance(index, Tensor) else index
    if isinstance(src, int | float):
        array = input.data if isinstance(input, Tensor) else input
        src = expand(number_like(src, array), tuple(places.shape))
    src = _source("scatter", input, dim, index, src)
    shape = tuple(input.shape)
    stays = _last(places, axis_of(dim, len(shape)), shape)
    hit = _scatter(namespace(places).astype(stays, places.dtype), places, dim, shape) != 0
    return where(hit, _scatter(where(stays, src, 0), places, dim, shape), input)


def _fit(shape: tuple[int, ...], index: Any, dim: int) -> int:
    """The axis of `dim`, if `index` fits an array of this shape along the others."""
    axis = axis_of(dim, len(shape))
    longer = [k for k, n in enumerate(index.shape) if k != axis and n > (*shape, *index.shape)[k]]
    if len(index.shape) != len(shape) or longer:
        raise ValueError(
            f"index {tuple(index.shape)} must have as many axes as the input {tuple(shape)} "
            f"and be no longer along any but dim {dim}"
        )
    return axis


def _pick(x: Any, index: Any, axis: int) -> Any:
    if not x.ndim:
        return x
    cut = tuple([slice(None) if k == axis else slice(n) for k, n in enumerate(index.shape)])
    return namespace(x).take_along_axis(x[cut], index, axis=axis)


def _places(index: Any, axis: int, shape: tuple[int, ...]) -> Any:
    """The number of the element, in row-major order, that each index stands for."""
    xp = namespace(index)
    places: Any = 0
    for k, n in enumerate(shape):
        along = [1] * len(shape)
        along[k] = -1
        here = index if k == axis else xp.reshape(xp.arange(index.shape[k]), tuple(along))
        places = places * n + xp.astype(here, xp.int64)
    return places


def _source(name: str, input: Any, dim: int, index: Any, src: Any) -> Any:
    """What is scattered, cut to the shape of `index`, once everything is known to fit."""
    array = input.data if isinstance(input, Tensor) else input
    places = index.data if isinstance(index, Tensor) else index
    try:
        axis = _fit(array.shape, places, dim)
        check_index("index", places, array.shape[axis] if array.ndim else 1)
    except (ValueError, IndexError, TypeError) as error:
        raise type(error)(f"{name}: {error}") from error
    shape = tuple(src.shape)
    if len(shape) != array.ndim or any(m < n for m, n in zip(shape, places.shape, strict=True)):
        raise ValueError(
            f"{name}: src {shape} must be at least as long as index {tuple(places.shape)}"
        )
    values = src.data if isinstance(src, Tensor) else src
    if values.dtype != array.dtype:
        raise TypeError(f"{name}: src is {dtype_of(values)}, the input {dtype_of(array)}")
    if shape == tuple(places.shape):
        return src
    return getitem(src, tuple([slice(n) for n in places.shape]))


def _last(index: Any, axis: int, shape: tuple[int, ...]) -> Any:
    """Which elements of an index are the last ones to name their place."""
    if not index.size or not shape:
        return index == index
    xp = namespace(index)
    places = xp.reshape(_places(index, axis, shape), (-1,))
    order = xp.argsort(places, stable=True)
    places = xp.take(places, order, axis=0)
    last = xp.concat([places[1:] != places[:-1], places[:1] == places[:1]])
    return xp.reshape(xp.take(last, xp.argsort(order), axis=0), index.shape)
