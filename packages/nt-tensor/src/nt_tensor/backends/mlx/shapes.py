"""Creation, manipulation and products of the standard, where MLX lacks them or means otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mlx.core as mx
import numpy as np

from nt_tensor.backends._standard import from_python

__all__ = ["FUNCTIONS", "from_numpy"]


def from_numpy(values: Any, dtype: Any = None) -> Any:
    """Copy a NumPy array; MLX reads neither negative strides nor foreign byte orders itself."""
    if dtype is None and values.dtype == np.float64:
        dtype = mx.float64  # MLX would make float32 of it
    native = values.dtype.newbyteorder("=")
    result = mx.array(np.require(values, native, ["C"]), dtype)
    # Reducing an empty copy of NumPy's may never end (MLX 0.32); an empty array of MLX's own does.
    return result if result.size else mx.zeros(result.shape, result.dtype)


def asarray(obj: Any, /, *, dtype: Any = None, copy: bool | None = None) -> Any:
    """An array of numbers, nested sequences, or another array."""
    if isinstance(obj, mx.array):
        if dtype is None or dtype == obj.dtype:
            return mx.array(obj) if copy else obj
        result = obj.astype(dtype)
    else:
        values = obj if isinstance(obj, np.ndarray | np.generic) else from_python(obj)
        result = from_numpy(np.asarray(values), dtype)
    if copy is False:
        raise ValueError("asarray(copy=False): this needs a copy")
    return result


def arange(start: Any, /, stop: Any = None, step: Any = 1, *, dtype: Any = None) -> Any:
    """Numbers from `start` up to `stop`."""
    if stop is None:
        start, stop = 0, start
    if dtype is None:
        floats = any(isinstance(each, float) for each in (start, stop, step))
        dtype = mx.float32 if floats else mx.int64
    return mx.arange(start, stop, step, dtype)


def empty(shape: Any, *, dtype: Any = None) -> Any:
    """Zeros: MLX has no uninitialised arrays."""
    return mx.zeros(shape, dtype or mx.float32)


def zeros(shape: Any, *, dtype: Any = None) -> Any:
    """Zeros."""
    return mx.zeros(shape, dtype or mx.float32)


def ones(shape: Any, *, dtype: Any = None) -> Any:
    """Ones."""
    return mx.ones(shape, dtype or mx.float32)


def full(shape: Any, fill_value: Any, *, dtype: Any = None) -> Any:
    """One value everywhere."""
    return mx.full(shape, asarray(fill_value, dtype=dtype))


def zeros_like(x: Any, /, *, dtype: Any = None) -> Any:
    """Zeros in the shape of `x`."""
    return mx.zeros(x.shape, dtype or x.dtype)


def ones_like(x: Any, /, *, dtype: Any = None) -> Any:
    """Ones in the shape of `x`."""
    return mx.ones(x.shape, dtype or x.dtype)


def full_like(x: Any, /, fill_value: Any, *, dtype: Any = None) -> Any:
    """One value in the shape of `x`."""
    return mx.full(x.shape, asarray(fill_value, dtype=dtype or x.dtype))


def eye(rows: int, columns: int | None = None, /, *, k: int = 0, dtype: Any = None) -> Any:
    """Ones on a diagonal."""
    return mx.eye(rows, columns, k, dtype or mx.float32)


def linspace(
    start: float, stop: float, /, num: int, *, dtype: Any = None, endpoint: bool = True
) -> Any:
    """Numbers evenly spaced."""
    return from_numpy(np.linspace(start, stop, num, endpoint), dtype or mx.float32)


def from_dlpack(x: Any, /) -> Any:
    """Another library's array."""
    try:
        return from_numpy(np.from_dlpack(x))  # MLX itself makes float32 of float64
    except (RuntimeError, BufferError):  # bfloat16, which NumPy cannot hold
        if not hasattr(mx, "from_dlpack"):  # before MLX 0.32
            raise
        return mx.from_dlpack(x)


def astype(x: Any, dtype: Any, /, *, copy: bool = True) -> Any:
    """Elements of another dtype."""
    return x.astype(dtype)


def matrix_transpose(x: Any, /) -> Any:
    """The last two axes exchanged."""
    if x.ndim < 2:
        raise ValueError(f"matrix_transpose needs two axes or more, not shape {x.shape}")
    return mx.swapaxes(x, -1, -2)


def matmul(x1: Any, x2: Any, /) -> Any:
    """The matrix product; MLX multiplies floats only, integers are multiplied out and summed."""
    if mx.issubdtype(x1.dtype, mx.floating) or mx.issubdtype(x2.dtype, mx.floating):
        return mx.matmul(x1, x2)
    if x1.ndim == 0 or x2.ndim == 0:
        raise ValueError(f"matmul needs axes to sum over, not shapes {x1.shape} and {x2.shape}")
    rows = x1[None] if x1.ndim == 1 else x1
    columns = x2[:, None] if x2.ndim == 1 else x2
    dtype = (x1[..., :0].reshape(-1) + x2[..., :0].reshape(-1)).dtype
    product = mx.sum(rows[..., :, :, None] * columns[..., None, :, :], axis=-2).astype(dtype)
    if x2.ndim == 1:
        product = product[..., 0]
    return product[..., 0] if x1.ndim == x2.ndim == 1 else _without_row(product, x1, x2)


def _without_row(product: Any, x1: Any, x2: Any) -> Any:
    return mx.squeeze(product, -2) if x1.ndim == 1 and x2.ndim > 1 else product


def tensordot(x1: Any, x2: Any, /, *, axes: int | Sequence[Sequence[int]] = 2) -> Any:
    """The sum of products over some axes of each."""
    if isinstance(axes, int):
        left, right = list(range(x1.ndim - axes, x1.ndim)), list(range(axes))
    else:
        left = [axis % x1.ndim for axis in axes[0]]
        right = [axis % x2.ndim for axis in axes[1]]
    rows = [axis for axis in range(x1.ndim) if axis not in left]
    columns = [axis for axis in range(x2.ndim) if axis not in right]
    shape = [x1.shape[axis] for axis in rows] + [x2.shape[axis] for axis in columns]
    summed = [x1.shape[axis] for axis in left]
    if summed != [x2.shape[axis] for axis in right]:
        raise ValueError(f"tensordot: axes {axes} of {x1.shape} and {x2.shape} do not match")
    depth = int(np.prod(summed, dtype=np.int64))
    x1 = mx.transpose(x1, rows + left).reshape(-1 if x1.size else _size(x1, rows), depth)
    x2 = mx.transpose(x2, right + columns).reshape(depth, -1 if x2.size else _size(x2, columns))
    return matmul(x1, x2).reshape(shape)


def _size(x: Any, axes: list[int]) -> int:
    return int(np.prod([x.shape[axis] for axis in axes], dtype=np.int64))


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The sum of products along one axis."""
    product = mx.moveaxis(x1, axis, -1) * mx.moveaxis(x2, axis, -1)
    return mx.sum(product, axis=-1).astype(product.dtype)


def flip(x: Any, /, *, axis: int | Sequence[int] | None = None) -> Any:
    """Axes read backwards."""
    if x.ndim == 0:
        return x
    axes = range(x.ndim) if axis is None else ([axis] if isinstance(axis, int) else axis)
    backwards = {each % x.ndim for each in axes}
    return x[tuple(slice(None, None, -1 if i in backwards else 1) for i in range(x.ndim))]


def moveaxis(x: Any, source: Any, destination: Any, /) -> Any:
    """Axes at other places, the others in their order."""
    sources = [source] if isinstance(source, int) else list(source)
    places = [destination] if isinstance(destination, int) else list(destination)
    if len(sources) != len(places):
        raise ValueError(f"moveaxis: as many sources ({source}) as destinations ({destination})")
    sources = [axis % x.ndim for axis in sources]
    order = [axis for axis in range(x.ndim) if axis not in sources]
    for place, axis in sorted(zip((p % x.ndim for p in places), sources, strict=True)):
        order.insert(place, axis)
    return mx.transpose(x, order)


def repeat(x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
    """Every element several times; a number of times for each goes over the host."""
    if isinstance(repeats, int):
        return mx.repeat(x, repeats, axis)
    if axis is None:
        x, axis = x.reshape(-1), 0
    places = np.repeat(np.arange(x.shape[axis]), np.asarray(repeats))
    return mx.take(x, mx.array(places), axis)


def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """The parts along one axis."""
    x = mx.moveaxis(x, axis, 0)
    return tuple(x[i] for i in range(x.shape[0]))


def concat(arrays: Any, /, *, axis: int | None = 0) -> Any:
    """Arrays behind each other along an axis; flat, if it is None."""
    if axis is None:
        return mx.concatenate([each.reshape(-1) for each in arrays])
    return mx.concatenate(list(arrays), axis)


def reshape(x: Any, /, shape: Any, *, copy: bool | None = None) -> Any:
    """The same elements in another shape."""
    return mx.reshape(x, (shape,) if isinstance(shape, int) else shape)


def stack(arrays: Any, /, *, axis: int = 0) -> Any:
    """Arrays behind each other along a new axis."""
    return mx.stack(list(arrays), axis)


def take(x: Any, indices: Any, /, *, axis: int | None = None) -> Any:
    """Elements along an axis by their numbers."""
    return mx.take(x, asarray(indices), axis)


def take_along_axis(x: Any, indices: Any, /, *, axis: int = -1) -> Any:
    """Elements by their numbers, each line along the axis by its own."""
    return mx.take_along_axis(x, indices, axis)


def permute_dims(x: Any, /, axes: Sequence[int]) -> Any:
    """The axes in another order."""
    return mx.transpose(x, axes)


def expand_dims(x: Any, /, *, axis: int = 0) -> Any:
    """One more axis, of size one."""
    return mx.expand_dims(x, axis)


def squeeze(x: Any, /, axis: int | Sequence[int]) -> Any:
    """Without some axes of size one."""
    return mx.squeeze(x, axis)


FUNCTIONS = {
    **{
        f.__name__: f
        for f in (
            *(arange, asarray, empty, eye, from_dlpack, full, full_like, linspace, ones, ones_like),
            *(zeros, zeros_like, astype, concat, expand_dims, flip, matmul, matrix_transpose),
            *(moveaxis, permute_dims, repeat, reshape, squeeze, stack, take, take_along_axis),
            *(tensordot, unstack, vecdot),
        )
    },
    **{name: getattr(mx, name) for name in ("broadcast_arrays", "broadcast_to", "roll", "tile")},
    **{name: getattr(mx, name) for name in ("tril", "triu", "meshgrid")},
    "empty_like": zeros_like,
}
"""The standard's creation and manipulation functions and products."""
