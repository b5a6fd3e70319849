"""Joining tensors along an axis, and taking them apart again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nt_tensor import namespace

from ..cost import free, moved
from ..primitive import primitive
from ._axes import axis_of
from ._reshape import reshape

__all__ = ["cat", "chunk", "concat", "hstack", "split", "stack", "unbind", "vstack"]


def concat(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Join tensors one behind the other along an axis.

    Args:
        tensors: one or more, of the same shape but for the axis `dim`. Of several dtypes the widest
            wins.
        dim: the axis.

    Raises:
        ValueError: the shapes do not fit, or there is no tensor.

    Example:
        >>> from nt_autograd import tensor
        >>> concat([tensor([1.0, 2.0]), tensor([3.0])])
        tensor([1., 2., 3.])

    Source: PyTorch's `torch.concat`.
    """
    if not tensors:
        raise ValueError("concat needs at least one tensor; none came")
    return _concat(*tensors, dim=dim)


def cat(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Join tensors along an axis; another name of `concat`.

    Example:
        >>> from nt_autograd import zeros
        >>> cat([zeros(2, 3), zeros(2, 1)], dim=1).shape
        (2, 4)

    Source: PyTorch's `torch.cat`.
    """
    return concat(tensors, dim)


@primitive(promotes=True)
def _concat(*xs: Any, dim: int = 0) -> Any:
    return namespace(xs[0]).concat(xs, axis=axis_of(dim, xs[0].ndim))


@_concat.backward
def _(g: Any, xs_shape: tuple[tuple[int, ...], ...], dim: int) -> Any:
    return split(g, [shape[dim] for shape in xs_shape], dim)


_concat.cost(moved)


def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Join tensors of one shape along a new axis.

    Args:
        tensors: one or more, all of the same shape.
        dim: which axis of the result is the new one.

    Raises:
        ValueError: the shapes differ, or there is no tensor.

    Example:
        >>> from nt_autograd import tensor
        >>> stack([tensor([1.0, 2.0]), tensor([3.0, 4.0])], dim=1)
        tensor([[1., 3.], [2., 4.]])

    Source: PyTorch's `torch.stack`.
    """
    if not tensors:
        raise ValueError("stack needs at least one tensor; none came")
    return _stack(*tensors, dim=dim)


@primitive(promotes=True)
def _stack(*xs: Any, dim: int = 0) -> Any:
    return namespace(xs[0]).stack(xs, axis=axis_of(dim, xs[0].ndim + 1))


@_stack.backward
def _(g: Any, dim: int) -> Any:
    return unbind(g, dim)


_stack.cost(moved)


def split(x: Any, split_size: int | Sequence[int], dim: int = 0) -> Any:
    """Take a tensor apart along an axis; the opposite of `concat`.

    Args:
        x: any shape.
        split_size: the length of every part (the last one may be shorter), or the lengths of all
            parts.
        dim: the axis.

    Returns:
        A tuple of tensors.

    Raises:
        ValueError: the lengths do not sum to that of the axis.

    Example:
        >>> from nt_autograd import arange
        >>> split(arange(5), 2)
        (tensor([0, 1]), tensor([2, 3]), tensor([4]))

    Source: PyTorch's `torch.split`.
    """
    length = x.shape[axis_of(dim, x.ndim)]
    if isinstance(split_size, int):
        if split_size < 1:
            raise ValueError(f"split_size ({split_size}) must be at least 1")
        whole, rest = divmod(length, split_size)
        sizes = [split_size] * whole + [rest] * (rest > 0 or length == 0)
    else:
        sizes = list(split_size)
    return _split(x, sizes, dim)


@primitive(outputs=True)
def _split(x: Any, /, sizes: Sequence[int], dim: int = 0) -> Any:
    axis = axis_of(dim, x.ndim)
    if sum(sizes) != x.shape[axis] or min(sizes, default=0) < 0:
        raise ValueError(
            f"sizes {list(sizes)} do not sum to the length of dim {dim}, {x.shape[axis]}"
        )
    before, parts, start = (slice(None),) * axis, [], 0
    for size in sizes:
        parts.append(x[(*before, slice(start, start + size))])
        start += size
    return tuple(parts)


@_split.backward
def _(g: Any, dim: int) -> Any:
    return _concat(*g, dim=dim)


_split.cost(free)


def chunk(x: Any, chunks: int, dim: int = 0) -> Any:
    """Take a tensor apart into at most `chunks` parts of equal length, but for a shorter last one.

    Raises:
        ValueError: `chunks` is less than 1.

    Example:
        >>> from nt_autograd import arange
        >>> chunk(arange(5), 2)
        (tensor([0, 1, 2]), tensor([3, 4]))

    Source: PyTorch's `torch.chunk`.
    """
    if chunks < 1:
        raise ValueError(f"chunks ({chunks}) must be at least 1")
    length = x.shape[axis_of(dim, x.ndim)]
    return split(x, max(-(-length // chunks), 1), dim)


@primitive(outputs=True)
def unbind(x: Any, /, dim: int = 0) -> Any:
    """Take a tensor apart into its slices along an axis, which the parts no longer have.

    Returns:
        A tuple of tensors.

    Example:
        >>> from nt_autograd import tensor
        >>> unbind(tensor([[1.0, 2.0], [3.0, 4.0]]))
        (tensor([1., 2.]), tensor([3., 4.]))

    Source: PyTorch's `torch.unbind`.
    """
    axis = axis_of(dim, x.ndim)
    before = (slice(None),) * axis
    return tuple([x[(*before, i)] for i in range(x.shape[axis])])


@unbind.backward
def _(g: Any, dim: int) -> Any:
    return _stack(*g, dim=dim)


unbind.cost(free)


def hstack(tensors: Sequence[Any]) -> Any:
    """Join tensors along their second axis, vectors along their first.

    Example:
        >>> from nt_autograd import zeros
        >>> hstack([zeros(2, 1), zeros(2, 3)]).shape
        (2, 4)

    Source: PyTorch's `torch.hstack`.
    """
    tensors = [reshape(x, (1,)) if x.ndim == 0 else x for x in tensors]
    return concat(tensors, 0 if tensors and tensors[0].ndim == 1 else 1)


def vstack(tensors: Sequence[Any]) -> Any:
    """Join tensors along their first axis, vectors as rows.

    Example:
        >>> from nt_autograd import zeros
        >>> vstack([zeros(3), zeros(2, 3)]).shape
        (3, 3)

    Source: PyTorch's `torch.vstack`.
    """
    return concat(
        [x if x.ndim > 1 else reshape(x, (1, x.shape[0] if x.ndim else 1)) for x in tensors]
    )
