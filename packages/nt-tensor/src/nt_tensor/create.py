"""Making arrays and moving them: the only functions that ask on which device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from nt_tensor import dtype as dt
from nt_tensor.backend import Array, backend_of, is_array
from nt_tensor.backends._standard import from_python
from nt_tensor.device import Device, DeviceLike, available
from nt_tensor.device import device as read_device
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
    """Make an array of a number, nested sequences, or any array.

    Python's floats become float32, its integers int64, its booleans bool. An array keeps its dtype,
    and without a `device` it also stays where it is; its memory is shared where nothing changes.

    Args:
        data: a number, nested sequences of numbers, or an array.
        dtype: what the elements become; None keeps what they are.
        device: where the array goes; None means the current device.

    Raises:
        TypeError: if `data` holds something else than real numbers, or the device lacks the dtype.

    Example:
        >>> asarray([1.0, 2.0])
        array([1., 2.], dtype=float32)
        >>> asarray([1, 2]), asarray(np.ones(2))
        (array([1, 2]), array([1., 1.]))
    """
    if is_array(data):
        own = dtype_of(data)  # refuses texts and complex numbers
        wanted = own if dtype is None else as_dtype(dtype)
        if device is not None and wanted not in backend_of(data).dtypes:
            return astype(to(data, device), wanted)  # bfloat16 is made where it exists
        data = astype(data, wanted)
        if isinstance(data, np.generic):
            data = np.asarray(data)
        return data if device is None else to(data, device)
    place = available(device)
    values = from_python(data, None if dtype is None else as_dtype(dtype))
    wanted = as_dtype(values.dtype) if dtype is None else as_dtype(dtype)
    return place.backend.asarray(values, native(wanted, place.backend), place)


def _make(function: str, device: DeviceLike | None, *args: Any, dtype: DTypeLike) -> Array:
    """Call a creation function of a device's namespace there."""
    place = available(device)
    backend = place.backend
    with backend.on(place):
        return getattr(backend.xp, function)(*args, dtype=native(dtype, backend))


def _make_like(function: str, x: Array, *args: Any, dtype: DTypeLike) -> Array:
    """Call a creation function where `x` lies."""
    backend = backend_of(x)
    with backend.on(backend.device_of(x)):
        own = None if dtype is None else native(dtype, backend)
        return getattr(backend.xp, function)(x, *args, dtype=own)


def zeros(shape: Shape, dtype: DTypeLike = dt.float32, device: DeviceLike | None = None) -> Array:
    """Make an array of zeros.

    Example:
        >>> zeros((2, 3))
        array([[0., 0., 0.],
               [0., 0., 0.]], dtype=float32)
    """
    return _make("zeros", device, shape, dtype=dtype)


def ones(shape: Shape, dtype: DTypeLike = dt.float32, device: DeviceLike | None = None) -> Array:
    """Make an array of ones.

    Example:
        >>> ones(3)
        array([1., 1., 1.], dtype=float32)
    """
    return _make("ones", device, shape, dtype=dtype)


def full(
    shape: Shape, value: complex, dtype: DTypeLike = None, device: DeviceLike | None = None
) -> Array:
    """Make an array that holds one value everywhere.

    Args:
        shape: the sizes of the axes.
        value: a number.
        dtype: None takes float32 for a float, int64 for an integer, bool for a boolean.
        device: None means the current device.

    Example:
        >>> full(2, 0.5), full(2, 3)
        (array([0.5, 0.5], dtype=float32), array([3, 3]))
    """
    if dtype is None:
        dtype = dtype_of(value) if is_array(value) else as_dtype(type(value))
    return _make("full", device, shape, value, dtype=dtype)


def empty(shape: Shape, dtype: DTypeLike = dt.float32, device: DeviceLike | None = None) -> Array:
    """Make an array whose values are whatever the memory held.

    Example:
        >>> empty((2, 3)).shape
        (2, 3)
    """
    return _make("empty", device, shape, dtype=dtype)


def arange(
    start: float,
    stop: float | None = None,
    step: float = 1,
    dtype: DTypeLike = None,
    device: DeviceLike | None = None,
) -> Array:
    """Count from `start` up to, not including, `stop`; or from zero up to `start`.

    Args:
        start: the first number, or the end if it comes alone.
        stop: the end, which is not reached.
        step: the distance.
        dtype: None takes int64, and float32 as soon as one of the three is a float.
        device: None means the current device.

    Example:
        >>> arange(3), arange(1, 2, 0.5)
        (array([0, 1, 2]), array([1. , 1.5], dtype=float32))
    """
    if stop is None:
        start, stop = 0, start
    if dtype is None:
        dtype = dt.float32 if any(isinstance(v, float) for v in (start, stop, step)) else dt.int64
    return _moved(np.arange(start, stop, step), dtype, device)


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
    return _moved(np.linspace(start, stop, num), dtype, device)


def _moved(values: Any, dtype: DTypeLike, device: DeviceLike | None) -> Array:
    """Bring values that NumPy counted to a device: the same numbers come out on each."""
    place = available(device)
    return place.backend.asarray(values, native(dtype, place.backend), place)


def eye(
    rows: int,
    columns: int | None = None,
    dtype: DTypeLike = dt.float32,
    device: DeviceLike | None = None,
) -> Array:
    """Make a matrix with ones on its diagonal, square without `columns`.

    Example:
        >>> eye(2)
        array([[1., 0.],
               [0., 1.]], dtype=float32)
    """
    return _make("eye", device, rows, columns, dtype=dtype)


def zeros_like(x: Array, dtype: DTypeLike = None) -> Array:
    """Make zeros in the shape of `x`, where it lies, of its dtype unless another is named.

    Example:
        >>> zeros_like(np.ones(2, np.int8))
        array([0, 0], dtype=int8)
    """
    return _make_like("zeros_like", x, dtype=dtype)


def ones_like(x: Array, dtype: DTypeLike = None) -> Array:
    """Make ones in the shape of `x`, where it lies, of its dtype unless another is named.

    Example:
        >>> ones_like(np.zeros(2, np.int8), "float32")
        array([1., 1.], dtype=float32)
    """
    return _make_like("ones_like", x, dtype=dtype)


def empty_like(x: Array, dtype: DTypeLike = None) -> Array:
    """Make an array in the shape of `x` whose values are whatever the memory held.

    Example:
        >>> empty_like(np.zeros((2, 3))).shape
        (2, 3)
    """
    return _make_like("empty_like", x, dtype=dtype)


def full_like(x: Array, value: complex, dtype: DTypeLike = None) -> Array:
    """Make an array of one value in the shape of `x`, of its dtype unless another is named.

    Example:
        >>> full_like(np.zeros(2, np.int8), 7)
        array([7, 7], dtype=int8)
    """
    return _make_like("full_like", x, value, dtype=dtype)


def to(x: Array, device: DeviceLike | None = None) -> Array:
    """Bring an array to a device; where it is there already, it is returned as it is.

    Args:
        x: an array, any dtype.
        device: None means the current device.

    Raises:
        TypeError: if the device's library lacks the dtype (NumPy and CuPy have no bfloat16).
        ImportError: if the device's library is not installed.

    Example:
        >>> x = np.ones(3)
        >>> to(x, "cpu") is x
        True
    """
    place, backend = available(device), backend_of(x)
    if isinstance(x, np.generic):
        x = np.asarray(x)
    if backend.device_of(x) == place:
        return x
    own = native(dtype_of(x), place.backend)
    values = x if place.backend is backend else backend.to_numpy(x)
    return place.backend.asarray(values, own, place)


def to_numpy(x: Array) -> Any:
    """Give an array's values as a NumPy array.

    A NumPy array is returned itself; MLX's memory is shared, read-only; from a GPU the values are
    copied. bfloat16, which NumPy lacks, comes as float32, which holds all of its values.

    Example:
        >>> to_numpy(asarray([1, 2]))
        array([1, 2])
    """
    return backend_of(x).to_numpy(x)


def astype(x: Array, dtype: DTypeLike) -> Array:
    """Change the dtype of an array's elements; `x` itself is returned if it has that dtype.

    Raises:
        TypeError: if the array's library lacks the dtype.

    Example:
        >>> astype(np.asarray([1.5, -1.5]), "int32")
        array([ 1, -1], dtype=int32)
    """
    wanted, backend = as_dtype(dtype), backend_of(x)
    return x if wanted is dtype_of(x) else backend.xp.astype(x, native(wanted, backend))


_CPU_MEMORY, _CUDA, _CUDA_HOST, _METAL, _CUDA_MANAGED = 1, 2, 3, 8, 13


def from_dlpack(x: Any, device: DeviceLike | None = None) -> Array:
    """Take over an array of another library, without a copy where the memory can be shared.

    The way back needs no function: arrays themselves speak DLPack (`torch.from_dlpack(array)`).

    Args:
        x: an object with `__dlpack__` and `__dlpack_device__`.
        device: where the array goes; None leaves it where it lies.

    Raises:
        TypeError: if `x` does not speak DLPack, or holds what the device's library cannot.
        ValueError: if it lies on hardware that nt does not know.

    Example:
        >>> x = np.arange(3.0)
        >>> from_dlpack(memoryview(x))
        Traceback (most recent call last):
        ...
        TypeError: from_dlpack: memoryview does not speak DLPack
        >>> bool(np.shares_memory(from_dlpack(x), x))
        True

    Reference: https://dmlc.github.io/dlpack/latest/python_spec.html
    """
    if is_array(x):
        return x if device is None else to(x, device)
    if not hasattr(x, "__dlpack__"):
        raise TypeError(f"from_dlpack: {type(x).__name__} does not speak DLPack")
    place = _place_of_dlpack(x)
    target = place if device is None else available(device)
    if place.type == "cpu" and target.type == "mlx":
        place = target  # NumPy in between would refuse bfloat16
    with place.backend.on(place):
        try:
            array = place.backend.xp.from_dlpack(x)
        except (RuntimeError, BufferError) as error:
            raise TypeError(f"from_dlpack: {place.backend.name} cannot read it: {error}") from error
    dtype_of(array)  # complex numbers are refused here
    return to(array, target)


def _place_of_dlpack(x: Any) -> Device:
    kind, index = x.__dlpack_device__()
    if kind in (_CPU_MEMORY, _CUDA_HOST):
        return read_device("cpu")
    if kind in (_CUDA, _CUDA_MANAGED):
        return available(Device("cuda", index))
    if kind == _METAL:
        return available("mlx")
    raise ValueError(
        f"from_dlpack: memory of DLPack's kind {int(kind)} is none of CPU, CUDA, Metal"
    )
