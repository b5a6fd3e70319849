"""The largest and the smallest element along axes, and where they stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from nt_tensor import dtype_of, is_array, namespace

from ..cost import each_input
from ..primitive import primitive
from ..tensor import Tensor
from ._axes import Dim, axes_of, axis_of, kept_shape
from ._gather import gather
from ._maximum import maximum, minimum
from ._reshape import reshape, squeeze
from ._sum import sum
from ._where import where

__all__ = ["Extreme", "amax", "amin", "argmax", "argmin", "max", "min"]


class Extreme(NamedTuple):
    """What `max` and `min` along an axis give: the values and where they stand.

    Example:
        >>> from nt_autograd import max, tensor
        >>> max(tensor([[3.0, 1.0], [2.0, 5.0]]), dim=1).indices
        tensor([0, 1])
    """

    values: Any
    indices: Any


@primitive
def amax(x: Any, /, dim: Dim = None, keepdim: bool = False) -> Any:
    """The largest element along axes; NaN if there is one.

    The gradient is split evenly among equal largest elements (among the NaN, if there are).

    Args:
        x: any shape.
        dim: an axis, several, or None for all.
        keepdim: leave the axes there with length 1.

    Raises:
        ValueError: there are no elements along the axes.

    Example:
        >>> from nt_autograd import tensor
        >>> amax(tensor([[1.0, 5.0], [3.0, 2.0]]), dim=1)
        tensor([5., 3.])

    Source: PyTorch's `torch.amax`.
    """
    return namespace(x).max(x, axis=_filled("amax", x, dim), keepdims=keepdim)


@amax.backward
def _(g: Any, x: Any, y: Any, dim: Dim, keepdim: bool) -> Any:
    return _to_the_extreme(g, x, y, dim, keepdim)


amax.cost(each_input)


@primitive
def amin(x: Any, /, dim: Dim = None, keepdim: bool = False) -> Any:
    """The smallest element along axes; NaN if there is one.

    The gradient is split evenly among equal smallest elements (among the NaN, if there are).

    Args:
        x: any shape.
        dim: an axis, several, or None for all.
        keepdim: leave the axes there with length 1.

    Raises:
        ValueError: there are no elements along the axes.

    Example:
        >>> from nt_autograd import tensor
        >>> amin(tensor([[1.0, 5.0], [3.0, 2.0]]), dim=1)
        tensor([1., 2.])

    Source: PyTorch's `torch.amin`.
    """
    return namespace(x).min(x, axis=_filled("amin", x, dim), keepdims=keepdim)


@amin.backward
def _(g: Any, x: Any, y: Any, dim: Dim, keepdim: bool) -> Any:
    return _to_the_extreme(g, x, y, dim, keepdim)


amin.cost(each_input)


def max(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The largest element: of all, along an axis, or of two tensors element by element.

    `max(x)` is `amax(x)`: the gradient is split among equal ones. `max(x, dim)` also tells where it
    stands, and the gradient goes there alone. `max(x, other)` is `maximum`.

    Args:
        x: any shape.
        dim: an axis, None for all, or the other tensor.
        keepdim: leave the axis there with length 1.

    Returns:
        A tensor; with an axis, the named pair `(values, indices)`. Of equal elements the first is
        named.

    Raises:
        ValueError: there are no elements.

    Example:
        >>> from nt_autograd import tensor
        >>> max(tensor([1.0, 5.0, 3.0]))
        tensor(5.0)
        >>> max(tensor([[1.0, 5.0], [3.0, 2.0]]), dim=1)
        Extreme(values=tensor([5., 3.]), indices=tensor([1, 0]))

    Source: PyTorch's `torch.max`.
    """
    if isinstance(dim, Tensor) or is_array(dim):
        return maximum(x, dim)
    return amax(x) if dim is None else _at(x, argmax(x, dim, True), dim, keepdim)


def min(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The smallest element: of all, along an axis, or of two tensors element by element.

    `min(x)` is `amin(x)`: the gradient is split among equal ones. `min(x, dim)` also tells where it
    stands, and the gradient goes there alone. `min(x, other)` is `minimum`.

    Args:
        x: any shape.
        dim: an axis, None for all, or the other tensor.
        keepdim: leave the axis there with length 1.

    Returns:
        A tensor; with an axis, the named pair `(values, indices)`. Of equal elements the first is
        named.

    Raises:
        ValueError: there are no elements.

    Example:
        >>> from nt_autograd import tensor
        >>> min(tensor([[1.0, 5.0], [3.0, 2.0]]), dim=1)
        Extreme(values=tensor([1., 2.]), indices=tensor([0, 1]))

    Source: PyTorch's `torch.min`.
    """
    if isinstance(dim, Tensor) or is_array(dim):
        return minimum(x, dim)
    return amin(x) if dim is None else _at(x, argmin(x, dim, True), dim, keepdim)


@primitive
def argmax(x: Any, /, dim: int | None = None, keepdim: bool = False) -> Any:
    """Where the largest element stands: the first of equal ones, int64.

    Args:
        x: any shape.
        dim: an axis; None counts through all elements in row-major order.
        keepdim: leave the axis there with length 1.

    Raises:
        ValueError: there are no elements.

    Example:
        >>> from nt_autograd import tensor
        >>> argmax(tensor([[1.0, 5.0], [3.0, 2.0]]), dim=1)
        tensor([1, 0])

    Source: PyTorch's `torch.argmax`.
    """
    _filled("argmax", x, dim)
    return _place(namespace(x).argmax, x, dim, keepdim)


argmax.cost(each_input)


@primitive
def argmin(x: Any, /, dim: int | None = None, keepdim: bool = False) -> Any:
    """Where the smallest element stands: the first of equal ones, int64.

    Args:
        x: any shape.
        dim: an axis; None counts through all elements in row-major order.
        keepdim: leave the axis there with length 1.

    Raises:
        ValueError: there are no elements.

    Example:
        >>> from nt_autograd import tensor
        >>> argmin(tensor([[1.0, 5.0], [3.0, 2.0]]), dim=1)
        tensor([0, 1])

    Source: PyTorch's `torch.argmin`.
    """
    _filled("argmin", x, dim)
    return _place(namespace(x).argmin, x, dim, keepdim)


argmin.cost(each_input)


def _place(find: Callable[..., Any], x: Any, dim: int | None, keepdim: bool) -> Any:
    xp = namespace(x)
    if not x.ndim:
        return xp.zeros((), dtype=xp.int64)
    if dtype_of(x).kind == "bool":  # MLX finds no largest one among booleans
        x = xp.astype(x, xp.uint8)
    axis = None if dim is None else axis_of(dim, x.ndim)
    return xp.astype(find(x, axis=axis, keepdims=keepdim), xp.int64)


def _filled(name: str, x: Any, dim: Dim) -> tuple[int, ...]:
    """The axes, of which none is empty."""
    axes = axes_of(dim, x.ndim)
    if any(x.shape[axis] == 0 for axis in axes):
        raise ValueError(f"{name} of no elements: the shape is {tuple(x.shape)}, dim {dim}")
    return axes


def _at(x: Any, indices: Any, dim: int, keepdim: bool) -> Extreme:
    if not x.ndim:
        return Extreme(reshape(x, ()), indices)
    values = gather(x, dim, indices)
    if keepdim:
        return Extreme(values, indices)
    return Extreme(squeeze(values, dim), squeeze(indices, dim))


def _to_the_extreme(g: Any, x: Any, y: Any, dim: Dim, keepdim: bool) -> Any:
    if not keepdim and dim is not None:
        shape = kept_shape(x.shape, dim)
        g, y = reshape(g, shape), reshape(y, shape)
    hit = (x == y) | (x != x)  # the largest number beside a NaN is the NaN
    return where(hit, g / sum(hit * (g * 0 + 1), dim, True), 0)
