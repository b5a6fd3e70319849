"""getitem: parts of a tensor, by slices, integers, index arrays and masks."""

from __future__ import annotations

from math import prod
from typing import Any

from nt_tensor import (
    add_at,
    asarray,
    backend_of,
    batching,
    device_of,
    dtype_of,
    get_at,
    is_array,
    kernels,
    namespace,
    set_at,
)

from ..cost import Cost, free, moved
from ..primitive import primitive
from ..tensor import Tensor

__all__ = ["getitem", "plain_index"]


def getitem(x: Any, index: Any) -> Any:
    r"""The part of `x` at `index`: what `x[index]` does.

    Integers, slices, `...` and None give a view; index arrays and masks, which may be lists, arrays
    or tensors, give a copy. In the gradient, what an index takes twice is added twice.

    Args:
        x: any shape and dtype.
        index: an entry, or a tuple of entries for the leading axes, with NumPy's meaning. Masks
            work on MLX too, where they must be looked at first.

    Raises:
        IndexError: an integer lies outside of its axis, or there are too many entries.
        TypeError: an index array of floats.

    Example:
        >>> from nt_autograd import tensor
        >>> x = tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
        >>> y = x[tensor([0, 1, 0]), 1]
        >>> y
        tensor([2., 4., 2.], grad_fn=<getitem>)
        >>> y.sum().backward()
        >>> x.grad
        tensor([[0., 2.], [0., 1.]])

    Source: NumPy user guide, Indexing on ndarrays; PyTorch's `Tensor.__getitem__`.
    """
    return _getitem(x, plain_index(index, x.data if isinstance(x, Tensor) else x))


def plain_index(index: Any, array: Any) -> tuple[Any, ...]:
    """An index into `array` as a tuple, its tensors and lists as arrays beside it."""
    entries = index if isinstance(index, tuple) else (index,)
    return tuple([_entry(each, array) for each in entries])


@primitive
def _getitem(x: Any, /, index: tuple[Any, ...]) -> Any:
    """The op behind `getitem`: the index is a tuple of plain entries and arrays."""
    if backend_of(x).name != "numpy":
        _check_arrays(x, index)
    elif not any(is_array(each) or each is Ellipsis for each in index):
        index = (*index, Ellipsis)  # so that NumPy gives an array, and no scalar
    return get_at(x, index[0] if len(index) == 1 else index)


@_getitem.cost
def _(index: tuple[Any, ...]) -> int | Cost:
    return moved() if any(is_array(each) for each in index) else free()


@_getitem.backward
def _(g: Any, x_shape: tuple[int, ...], index: tuple[Any, ...]) -> Any:
    return _put(g, x_shape, index)


@primitive
def _put(g: Any, /, shape: tuple[int, ...], index: tuple[Any, ...]) -> Any:
    """Zeros of `shape` with `g` added at `index`: the gradient of `getitem`."""
    xp = namespace(g)
    arrays = [each for each in index if is_array(each)]
    if not arrays or (len(arrays) == 1 and dtype_of(arrays[0]).kind == "bool"):  # no place twice
        y = xp.zeros(shape, dtype=g.dtype)
        if not backend_of(g).mutable:
            return set_at(y, index, g)
        y[index] = g
        return y
    places = _leading(index, shape, xp)
    if places is None:
        return add_at(xp.zeros(shape, dtype=g.dtype), index, g)
    places, taken = places
    values = xp.reshape(g, (prod(places.shape), *shape[taken:]))
    sums = kernels.scatter_add(values, xp.reshape(places, (-1,)), prod(shape[:taken]))
    return xp.reshape(sums, shape)


@_put.cost
def _(g_shape: tuple[int, ...]) -> int:
    return prod(g_shape)


@_put.backward
def _(h: Any, index: tuple[Any, ...]) -> Any:
    return _getitem(h, index)


def _entry(entry: Any, array: Any) -> Any:
    """One entry of an index with its tensors and lists as arrays beside `array`."""
    if isinstance(entry, Tensor):
        entry = entry.data
    elif isinstance(entry, list | range):
        entry = asarray([int(each) if isinstance(each, Tensor) else each for each in entry] or [])
    if not is_array(entry):
        if isinstance(entry, float):
            raise TypeError(f"an index must be an integer, not {entry!r}")
        return entry
    if not entry.size and dtype_of(entry).kind == "float":  # an empty list
        entry = namespace(entry).astype(entry, namespace(entry).int64)
    if dtype_of(entry).kind == "float":
        raise TypeError(f"an index array must hold integers or booleans, not {dtype_of(entry)}")
    if not (entry.ndim or batching.depth(entry)) and dtype_of(entry).kind != "bool":
        return int(entry)
    return asarray(entry, device=device_of(array))


def _leading(index: tuple[Any, ...], shape: tuple[int, ...], xp: Any) -> Any:
    """Where integers and index arrays stand for the first axes: the row numbers, and for how many.

    None where slices, masks or None stand between: there `add_at` finds the places.
    """
    last = max(i for i, each in enumerate(index) if is_array(each)) + 1
    if any(each != slice(None) and each is not Ellipsis for each in index[last:]):
        return None
    places: Any = 0
    for entry, length in zip(index[:last], shape, strict=False):
        if is_array(entry):
            if dtype_of(entry).kind == "bool":
                return None
            entry = xp.astype(entry, xp.int64)
            entry = xp.where(entry < 0, entry + length, entry)
        elif not isinstance(entry, int):
            return None
        elif entry < 0:
            entry += length
        places = places * length + entry
    return places, last


def _check_arrays(x: Any, index: tuple[Any, ...]) -> None:
    """Raise where an index array leaves its axis; NumPy looks itself, the others do not."""
    masks = sum(each.ndim - 1 for each in index if is_array(each) and dtype_of(each).kind == "bool")
    used = sum(each is not None and each is not Ellipsis for each in index) + masks
    axis = 0
    for entry in index:
        if entry is Ellipsis:
            axis += x.ndim - used
        elif is_array(entry) and dtype_of(entry).kind == "bool":
            axis += entry.ndim
        elif entry is not None:
            if is_array(entry) and axis < x.ndim and entry.size:
                entry = batching.whole(entry)
                xp, length = namespace(entry), x.shape[axis]
                low, high = int(xp.min(entry)), int(xp.max(entry))
                if low < -length or high >= length:
                    wrong = low if low < -length else high
                    raise IndexError(f"index {wrong} is out of bounds for axis {axis} of {length}")
            axis += 1
