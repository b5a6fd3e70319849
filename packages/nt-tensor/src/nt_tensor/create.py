"""Making arrays and moving them: the only functions that ask on which device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from nt_tensor import dtype as dt
from nt_tensor.backend import Array, backend_of, is_array
from nt_tensor.device import DeviceLike, available
from nt_tensor.dtype import DTypeLike, as_dtype, dtype_of, native

__all__ = [
    "Shape",
    "arange",
    "asarray",
    "astype",
    "empty",
    "empty_like",
    "eye",
    "from_dlpack",
    "full",
    "full_like",
    "linspace",
    "ones",
    "ones_like",
    "to",
    "to_numpy",
    "zeros",
    "zeros_like",
]

Shape: TypeAlias = int | Sequence[int]
"""The sizes of the axes; an integer means one axis."""


def asarray(data: Any, dtype: DTypeLike = None, device: DeviceLike | None = None) -> Array:
    """Make an array of numbers, nested sequences or any array.

    Python's floats become float32, its integers int64, its booleans bool; an array keeps its dtype,
    and without a `device` it also stays where it is. Memory is shared where the library can.

    Args:
        data: a number, nested sequences of numbers, or an array.
        dtype: what the elements become; None keeps what they are.
        device: where the array goes; None means the current device.

    Raises:
        TypeError: if `data` is not numbers.

    Example:
        >>> asarray([1.0, 2.0])
        array([1., 2.], dtype=float32)
        >>> asarray([1, 2]), asarray(np.ones(2))
        (array([1, 2]), array([1., 1.]))
    """
    if is_array(data):
        if dtype is not None and as_dtype(dtype) is not dtype_of(data):
            data = astype(data, dtype)
        if device is not None or isinstance(data, np.generic):
            return to(data, device)
        return data
    values = np.asarray(data)
    wanted = as_dtype(dtype) if dtype is not None else as_dtype(values.dtype)
    if dtype is None and wanted is dt.float64:
        wanted = dt.float32
    place = available(device)
    return place.backend.asarray(values, native(wanted, place.backend), place)


def zeros(shape: Shape, dtype: DTypeLike = dt.float32, device: DeviceLike | None = None) -> Array:
    """Make an array of zeros.

    Example:
        >>> zeros((2, 3))
        array([[0., 0., 0.],
               [0., 0., 0.]], dtype=float32)
    """
    return full(shape, 0, dtype, device)


def ones(shape: Shape, dtype: DTypeLike = dt.float32, device: DeviceLike | None = None) -> Array:
    """Make an array of ones.

    Example:
        >>> ones(3)
        array([1., 1., 1.], dtype=float32)
    """
    return full(shape, 1, dtype, device)


def full(
    shape: Shape, value: Any, dtype: DTypeLike = None, device: DeviceLike | None = None
) -> Array:
    """Make an array that holds one value everywhere.

    Example:
        >>> full(2, 0.5)
        array([0.5, 0.5], dtype=float32)
    """
    value = asarray(value, dtype, "cpu")
    return to(np.full(shape, value), device)


def empty(shape: Shape, dtype: DTypeLike = dt.float32, device: DeviceLike | None = None) -> Array:
    """Make an array whose values are whatever the memory held.

    Example:
        >>> empty((2, 3)).shape
        (2, 3)
    """
    return zeros(shape, dtype, device)


def arange(
    start: float,
    stop: float | None = None,
    step: float = 1,
    dtype: DTypeLike = None,
    device: DeviceLike | None = None,
) -> Array:
    """Count from `start` up to `stop`.

    Example:
        >>> arange(3)
        array([0, 1, 2])
    """
    if stop is None:
        start, stop = 0, start
    if dtype is None:
        dtype = dt.float32 if any(isinstance(v, float) for v in (start, stop, step)) else dt.int64
    return asarray(np.arange(start, stop, step), dtype, device)


def linspace(
    start: float,
    stop: float,
    num: int,
    dtype: DTypeLike = dt.float32,
    device: DeviceLike | None = None,
) -> Array:
    """Space `num` values evenly from `start` to `stop`, both included.

    Example:
        >>> linspace(0, 1, 3)
        array([0. , 0.5, 1. ], dtype=float32)
    """
    return asarray(np.linspace(start, stop, num), dtype, device)


def eye(
    rows: int,
    columns: int | None = None,
    dtype: DTypeLike = dt.float32,
    device: DeviceLike | None = None,
) -> Array:
    """Make a matrix with ones on its diagonal.

    Example:
        >>> eye(2)
        array([[1., 0.],
               [0., 1.]], dtype=float32)
    """
    return asarray(np.eye(rows, columns), dtype, device)


def zeros_like(x: Array, dtype: DTypeLike = None) -> Array:
    """Make zeros of the shape, dtype and device of `x`."""
    return backend_of(x).xp.zeros_like(x)


def ones_like(x: Array, dtype: DTypeLike = None) -> Array:
    """Make ones of the shape, dtype and device of `x`."""
    return backend_of(x).xp.ones_like(x)


def empty_like(x: Array, dtype: DTypeLike = None) -> Array:
    """Make an array of the shape, dtype and device of `x`."""
    return backend_of(x).xp.empty_like(x)


def full_like(x: Array, value: Any, dtype: DTypeLike = None) -> Array:
    """Make an array of one value of the shape, dtype and device of `x`."""
    return backend_of(x).xp.full_like(x, value)


def to(x: Array, device: DeviceLike | None = None) -> Array:
    """Bring an array to a device; where it is already, it is returned as it is."""
    place = available(device)
    backend = backend_of(x)
    if backend.device_of(x) == place and not isinstance(x, np.generic):
        return x
    return place.backend.asarray(
        backend.to_numpy(x), native(dtype_of(x), place.backend), place
    )


def to_numpy(x: Array) -> Any:
    """Give an array's values as a NumPy array."""
    return backend_of(x).to_numpy(x)


def astype(x: Array, dtype: DTypeLike) -> Array:
    """Change the dtype of an array's elements."""
    backend = backend_of(x)
    return backend.xp.astype(x, native(dtype, backend))


def from_dlpack(x: Any, device: DeviceLike | None = None) -> Array:
    """Take over an array of another library through DLPack."""
    return to(np.from_dlpack(x), device)
