"""Indexing on MLX: masks become index arrays, integers are checked against the bounds."""

from __future__ import annotations

from typing import Any

import mlx.core as mx
import numpy as np

from nt_tensor.backend import Array
from nt_tensor.backends.mlx.reductions import host
from nt_tensor.backends.mlx.shapes import asarray, from_numpy
from nt_tensor.indexing import add_at, fitting, get_at, set_at


@get_at.on("mlx")
def _(x: Array, index: Any) -> Array:
    return x[_native(x, index)]


@set_at.on("mlx")
def _(x: Array, index: Any, values: Any) -> Array:
    native, values = _native(x, index), _fitting("set_at", x, values)
    if _is_intricate(native):
        places, values = _flat(x, native, values)
        return set_at(x.reshape(-1), places, values).reshape(x.shape)
    # MLX before 0.32 assigns neither nothing nor along new axes.
    shape = x[native].shape
    if 0 in shape:
        return x
    if any(entry is None for entry in native):
        native = tuple(entry for entry in native if entry is not None)
        values = mx.broadcast_to(asarray(values), shape).reshape(x[native].shape)
    result = mx.array(x)  # an assignment changes the Python object that it is made to
    result[native] = values
    return result


@add_at.on("mlx")
def _(x: Array, index: Any, values: Any) -> Array:
    native, values = _native(x, index), _fitting("add_at", x, values)
    if not x.size:  # MLX cannot scatter into nothing
        return x
    if not any(isinstance(entry, mx.array) for entry in native):  # names no place twice
        return set_at(x, index, x[native] + values)
    if len(native) == 1:
        return x.at[native].add(values)
    places, values = _flat(x, native, values)
    return x.reshape(-1).at[places].add(values).reshape(x.shape)


def _is_intricate(native: tuple[Any, ...]) -> bool:
    """Tell whether index arrays are paired: MLX reads such places as NumPy, but writes others."""
    arrays = sum(isinstance(entry, mx.array) for entry in native)
    beside = any(entry is None or isinstance(entry, int) for entry in native)
    return arrays > 1 or (arrays == 1 and beside)


def _flat(x: Array, native: tuple[Any, ...], values: Any) -> tuple[Array, Array]:
    """Give the numbers of the elements that an index names, and the value for each."""
    places = mx.arange(x.size).reshape(x.shape)[native]
    values = values if isinstance(values, mx.array) else mx.array(values, x.dtype)
    return places.reshape(-1), mx.broadcast_to(values, places.shape).reshape(-1)


def _fitting(name: str, x: Array, values: Any) -> Any:
    return fitting(name, x, asarray(values) if isinstance(values, np.ndarray) else values)


def _native(x: Array, index: Any) -> Any:
    """Write an index with what MLX knows: integers, slices, `...`, None and arrays of integers."""
    entries = list(index) if isinstance(index, tuple) else [index]
    entries = [_entry(each) for each in entries]
    used = sum(_axes(each) for each in entries)
    if used > x.ndim:
        raise IndexError(f"{used} axes are indexed, but the shape is {x.shape}")
    native: list[Any] = []
    axis = 0
    for entry in entries:
        if isinstance(entry, int):
            if not -x.shape[axis] <= entry < x.shape[axis]:
                raise IndexError(f"index {entry} lies outside of axis {axis} of shape {x.shape}")
            native.append(entry)
        elif isinstance(entry, np.ndarray):  # a mask
            if entry.shape != x.shape[axis : axis + entry.ndim]:
                raise IndexError(f"a mask of shape {entry.shape} on axis {axis} of {x.shape}")
            native.extend(from_numpy(places) for places in entry.nonzero())
        else:
            native.append(entry)
        axis += x.ndim - used if entry is Ellipsis else _axes(entry)
    return tuple(native)


def _entry(entry: Any) -> Any:
    """Read one entry as an integer, a mask (of NumPy), an index array (of MLX) or what it is."""
    if entry is None or entry is Ellipsis or isinstance(entry, slice):
        return entry
    if isinstance(entry, bool | np.bool_):
        raise TypeError("True and False are no indices; for a mask use an array of booleans")
    if isinstance(entry, int | np.integer):
        return int(entry)
    array = entry if isinstance(entry, mx.array) else asarray(entry)
    if array.dtype == mx.bool_:
        return host(array)
    if not mx.issubdtype(array.dtype, mx.integer):
        if array.size:
            raise TypeError(f"an index array holds integers or booleans, not {array.dtype}")
        return array.astype(mx.int64)  # an empty list
    return array


def _axes(entry: Any) -> int:
    """Tell how many axes an entry of an index takes up."""
    if entry is None or entry is Ellipsis:
        return 0
    return entry.ndim if isinstance(entry, np.ndarray) else 1
