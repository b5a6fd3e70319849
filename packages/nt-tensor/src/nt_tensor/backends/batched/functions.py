"""The array API standard for samples: each function of the library below, one axis further on."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from nt_tensor.backend import is_array
from nt_tensor.backends._standard import NAMES
from nt_tensor.backends.batched.array import BatchedArray, align, raw_of

__all__ = ["functions"]

_SHARED = {
    "e",
    "inf",
    "nan",
    "newaxis",
    "pi",
    "result_type",
    "finfo",
    "iinfo",
    "can_cast",
    "isdtype",
}
_ELEMENTWISE = """
    abs acos acosh add asin asinh atan atan2 atanh bitwise_and bitwise_invert bitwise_left_shift
    bitwise_or bitwise_right_shift bitwise_xor ceil copysign cos cosh divide equal exp expm1 floor
    floor_divide greater greater_equal hypot isfinite isinf isnan less less_equal log log10 log1p
    log2 logaddexp logical_and logical_not logical_or logical_xor maximum minimum multiply negative
    nextafter not_equal positive pow reciprocal remainder round sign signbit sin sinh sqrt square
    subtract tan tanh trunc where
""".split()  # noqa: SIM905 (words read better than quoted strings)
_REDUCING = "all any count_nonzero max mean min prod std sum var".split()  # noqa: SIM905
_FINDING = "argmax argmin".split()  # noqa: SIM905
_ALONG = "argsort cumulative_prod cumulative_sum diff sort".split()  # noqa: SIM905
_LIKE = "empty_like full_like ones_like zeros_like tril triu matrix_transpose".split()  # noqa: SIM905
_CREATING = "arange empty eye full linspace ones zeros from_dlpack".split()  # noqa: SIM905
_TAKE_SEVERAL = "asarray broadcast_arrays concat matmul meshgrid stack".split()  # noqa: SIM905
_SIZED_BY_VALUES = "nonzero unique_all unique_counts unique_inverse unique_values".split()  # noqa: SIM905


def functions(inner: Any, wrap: type[BatchedArray]) -> dict[str, Callable[..., Any]]:
    """The standard's functions on samples.

    Args:
        inner: the namespace of the library below.
        wrap: its class of batched arrays.
    """
    made: dict[str, Callable[..., Any]] = {}
    for name in _ELEMENTWISE:
        made[name] = _elementwise(getattr(inner, name), inner, wrap)
    for name in _REDUCING:
        made[name] = _reducing(getattr(inner, name), inner, wrap)
    for name in _FINDING:
        made[name] = _finding(getattr(inner, name), inner, wrap)
    for name in _ALONG:
        made[name] = _along(name, getattr(inner, name), wrap)
    for name in _LIKE:
        made[name] = _like(getattr(inner, name), wrap)
    for name in _CREATING:
        made[name] = _creating(getattr(inner, name), inner, wrap)
    for name in _SIZED_BY_VALUES:
        made[name] = _sized_by_values(name)
    for part in (_shapes, _joining, _products, _choosing, _others):
        made |= {f.__name__: f for f in part(inner, wrap)}
    for name in set(made) - set(_ELEMENTWISE) - set(_CREATING) - set(_TAKE_SEVERAL):
        made[name] = _lifting(made[name], inner, wrap)
    if wrong := set(made) ^ (set(NAMES) - _SHARED):
        raise ValueError(f"functions on samples and the standard differ in {sorted(wrong)}")
    return made


def _lifting(function: Any, inner: Any, wrap: Any) -> Callable[..., Any]:
    """The function, for an array too that is the same for all samples."""

    def call(x: Any, /, *rest: Any, **options: Any) -> Any:
        return function(_lift(x, inner, wrap), *rest, **options)

    return call


def _elementwise(function: Any, inner: Any, wrap: Any) -> Callable[..., Any]:
    def call(*values: Any, **options: Any) -> Any:
        return wrap(function(*align(inner, *values), **options))

    return call


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """A sample's axes as axes of all samples."""
    if axis is None:
        return tuple(range(1, ndim + 1))
    return tuple(_axis(each, ndim) for each in ((axis,) if isinstance(axis, int) else axis))


def _axis(axis: int, ndim: int) -> int:
    if not -ndim <= axis < ndim:
        raise IndexError(f"axis {axis} is out of bounds for an array with {ndim} axes")
    return axis % ndim + 1


def _reducing(function: Any, inner: Any, wrap: Any) -> Callable[..., Any]:
    def call(x: Any, /, *, axis: Any = None, keepdims: bool = False, **options: Any) -> Any:
        if not x.ndim:  # one element: its own sum
            column = inner.reshape(x.raw, (-1, 1))
            return wrap(function(column, axis=1, **options))
        return wrap(function(x.raw, axis=_axes(axis, x.ndim), keepdims=keepdims, **options))

    return call


def _finding(function: Any, inner: Any, wrap: Any) -> Callable[..., Any]:
    def call(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
        if axis is not None:
            return wrap(function(x.raw, axis=_axis(axis, x.ndim), keepdims=keepdims))
        found = function(inner.reshape(x.raw, (x.raw.shape[0], -1)), axis=1)
        return wrap(inner.reshape(found, (-1, *[1] * x.ndim)) if keepdims else found)

    return call


def _along(name: str, function: Any, wrap: Any) -> Callable[..., Any]:
    def call(x: Any, /, *, axis: int | None = None, **options: Any) -> Any:
        if axis is None and x.ndim > 1 and name.startswith("cumulative"):
            raise ValueError(f"{name} needs an axis for an array of shape {x.shape}")
        options = {key: raw_of(value) for key, value in options.items()}
        return wrap(function(x.raw, axis=_axis(-1 if axis is None else axis, x.ndim), **options))

    return call


def _like(function: Any, wrap: Any) -> Callable[..., Any]:
    def call(x: Any, /, *rest: Any, **options: Any) -> Any:
        return wrap(function(x.raw, *rest, **options))

    return call


def _creating(function: Any, inner: Any, wrap: Any) -> Callable[..., Any]:
    def call(*values: Any, **options: Any) -> Any:
        return wrap(inner.expand_dims(function(*values, **options), axis=0))

    return call


def _sized_by_values(name: str) -> Callable[..., Any]:
    def call(x: Any, /) -> Any:
        raise TypeError(
            f"{name} gives as many elements as the values ask for, another number for each sample; "
            "under vmap a function's shapes are the same for all"
        )

    return call


def _shapes(inner: Any, wrap: Any) -> list[Callable[..., Any]]:
    def reshape(x: Any, /, shape: Any, *, copy: bool | None = None) -> Any:
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        if -1 in shape:
            known = math.prod(n for n in shape if n != -1)
            shape = tuple(x.size // max(known, 1) if n == -1 else n for n in shape)
        if math.prod(shape) != x.size:
            raise ValueError(f"an array of shape {x.shape} cannot be reshaped to {shape}")
        return wrap(inner.reshape(x.raw, (x.raw.shape[0], *shape)))

    def permute_dims(x: Any, /, axes: Any) -> Any:
        return wrap(inner.permute_dims(x.raw, (0, *_axes(axes, x.ndim))))

    def moveaxis(x: Any, source: Any, destination: Any, /) -> Any:
        return wrap(inner.moveaxis(x.raw, _axes(source, x.ndim), _axes(destination, x.ndim)))

    def expand_dims(x: Any, /, *, axis: int = 0) -> Any:
        return wrap(inner.expand_dims(x.raw, axis=_axis(axis, x.ndim + 1)))

    def squeeze(x: Any, /, axis: Any) -> Any:
        return wrap(inner.squeeze(x.raw, _axes(axis, x.ndim)))

    def flip(x: Any, /, *, axis: Any = None) -> Any:
        return wrap(inner.flip(x.raw, axis=_axes(axis, x.ndim)))

    def roll(x: Any, /, shift: Any, *, axis: Any = None) -> Any:
        if axis is None:
            flat = inner.reshape(x.raw, (x.raw.shape[0], -1))
            return wrap(inner.reshape(inner.roll(flat, shift, axis=1), x.raw.shape))
        axes = _axes(axis, x.ndim)
        return wrap(inner.roll(x.raw, shift, axis=axes[0] if isinstance(axis, int) else axes))

    def tile(x: Any, repetitions: Any, /) -> Any:
        repetitions = tuple(repetitions)
        ones = (1,) * (len(repetitions) - x.ndim)
        raw = inner.reshape(x.raw, (x.raw.shape[0], *ones, *x.shape))
        full = (1,) * (raw.ndim - 1 - len(repetitions)) + repetitions
        return wrap(inner.tile(raw, (1, *full)))

    def repeat(x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
        x, axis = (reshape(x, (-1,)), 0) if axis is None else (x, axis)
        return wrap(inner.repeat(x.raw, _unbatched(repeats), axis=_axis(axis, x.ndim)))

    def broadcast_to(x: Any, /, shape: Any) -> Any:
        ones = (1,) * (len(shape) - x.ndim)
        raw = inner.reshape(x.raw, (x.raw.shape[0], *ones, *x.shape))
        return wrap(inner.broadcast_to(raw, (raw.shape[0], *shape)))

    def broadcast_arrays(*arrays: Any) -> Any:
        return tuple(wrap(each) for each in inner.broadcast_arrays(*align(inner, *arrays)))

    def meshgrid(*arrays: Any, indexing: str = "xy") -> Any:
        raise TypeError("meshgrid does not work on samples; broadcast the arrays instead")

    return [
        *(reshape, permute_dims, moveaxis, expand_dims, squeeze, flip, roll, tile, repeat),
        *(broadcast_to, broadcast_arrays, meshgrid),
    ]


def _joining(inner: Any, wrap: Any) -> list[Callable[..., Any]]:
    def together(arrays: Any) -> list[Any]:
        """The arrays below, each with all samples."""
        raws = [
            x.raw if isinstance(x, BatchedArray) else inner.expand_dims(x, axis=0) for x in arrays
        ]
        count = max(raw.shape[0] for raw in raws)
        return [inner.broadcast_to(raw, (count, *raw.shape[1:])) for raw in raws]

    def concat(arrays: Any, /, *, axis: int | None = 0) -> Any:
        raws = together(arrays)
        if axis is None:
            flat = [inner.reshape(raw, (raw.shape[0], -1)) for raw in raws]
            return wrap(inner.concat(flat, axis=1))
        return wrap(inner.concat(raws, axis=_axis(axis, raws[0].ndim - 1)))

    def stack(arrays: Any, /, *, axis: int = 0) -> Any:
        raws = together(arrays)
        return wrap(inner.stack(raws, axis=_axis(axis, raws[0].ndim)))

    def unstack(x: Any, /, *, axis: int = 0) -> Any:
        return tuple(wrap(part) for part in inner.unstack(x.raw, axis=_axis(axis, x.ndim)))

    return [concat, stack, unstack]


def _products(inner: Any, wrap: Any) -> list[Callable[..., Any]]:
    def matmul(x1: Any, x2: Any, /) -> Any:
        x1, x2 = _lift(x1, inner, wrap), _lift(x2, inner, wrap)
        column, row = x2.ndim == 1, x1.ndim == 1
        a = expand(x1, 0) if row else x1
        b = expand(x2, 1) if column else x2
        left, right = align(inner, a, b)
        if b.ndim == 2 and right.shape[0] == 1:
            right = inner.reshape(right, right.shape[-2:])  # one matrix: all rows in one product
            rows = inner.reshape(left, (-1, left.shape[-1]))
            y = inner.reshape(inner.matmul(rows, right), (*left.shape[:-1], right.shape[-1]))
        else:
            y = inner.matmul(left, right)
        if column:
            y = inner.squeeze(y, y.ndim - 1)
        if row:
            y = inner.squeeze(y, y.ndim - (1 if column else 2))
        return wrap(y)

    def expand(x: Any, axis: int) -> Any:
        return wrap(inner.expand_dims(x.raw, axis=axis + 1))

    def tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
        xp = wrap.xp
        x2 = _lift(x2, inner, wrap)
        if isinstance(axes, int):
            axes = (range(x1.ndim - axes, x1.ndim), range(axes))
        first = [axis % x1.ndim for axis in axes[0]]
        second = [axis % x2.ndim for axis in axes[1]]
        left = [axis for axis in range(x1.ndim) if axis not in first]
        right = [axis for axis in range(x2.ndim) if axis not in second]
        shape = [x1.shape[axis] for axis in left] + [x2.shape[axis] for axis in right]
        common = math.prod(x1.shape[axis] for axis in first)
        a = xp.reshape(xp.permute_dims(x1, (*left, *first)), (-1 if x1.size else 0, common))
        b = xp.reshape(xp.permute_dims(x2, (*second, *right)), (common, -1 if x2.size else 0))
        return xp.reshape(matmul(a, b), tuple(shape))

    def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
        return wrap.xp.sum(wrap.xp.multiply(x1, x2), axis=axis)

    return [matmul, tensordot, vecdot]


def _choosing(inner: Any, wrap: Any) -> list[Callable[..., Any]]:
    def take(x: Any, indices: Any, /, *, axis: int | None = None) -> Any:
        axis = _axis(0 if axis is None else axis, x.ndim)
        indices = (
            _lift(indices, inner, wrap)
            if is_array(indices)
            else _lift(inner.asarray(indices), inner, wrap)
        )
        if indices.raw.shape[0] == 1:  # the same places in all samples
            return wrap(inner.take(x.raw, inner.reshape(indices.raw, indices.shape), axis=axis))
        if indices.ndim != 1:
            flat = take(x, wrap.xp.reshape(indices, (-1,)), axis=axis - 1)
            shape = (*x.shape[: axis - 1], *indices.shape, *x.shape[axis:])
            return wrap.xp.reshape(flat, shape)
        count, length = indices.raw.shape
        shape = (count, *[1] * (axis - 1), length, *[1] * (x.ndim - axis))
        places = inner.broadcast_to(
            inner.reshape(indices.raw, shape),
            (count, *x.shape[: axis - 1], length, *x.shape[axis:]),
        )
        raw = inner.broadcast_to(x.raw, (count, *x.shape))
        return wrap(inner.take_along_axis(raw, places, axis=axis))

    def take_along_axis(x: Any, indices: Any, /, *, axis: int = -1) -> Any:
        indices = _lift(indices, inner, wrap)
        count = max(x.raw.shape[0], indices.raw.shape[0])
        at = _axis(axis, x.ndim)
        return wrap(
            inner.take_along_axis(
                inner.broadcast_to(x.raw, (count, *x.shape)),
                inner.broadcast_to(indices.raw, (count, *indices.shape)),
                axis=at,
            )
        )

    def searchsorted(x1: Any, x2: Any, /, *, side: Any = "left", sorter: Any = None) -> Any:
        x2 = _lift(x2, inner, wrap)
        if x1.raw.shape[0] == 1 and sorter is None:
            row = inner.reshape(x1.raw, (-1,))
            found = inner.searchsorted(row, inner.reshape(x2.raw, (-1,)), side=side)
            return wrap(inner.reshape(found, x2.raw.shape))
        raise TypeError("searchsorted works on samples only in a list that is the same for all")

    return [take, take_along_axis, searchsorted]


def _others(inner: Any, wrap: Any) -> list[Callable[..., Any]]:
    def asarray(obj: Any, /, *, dtype: Any = None, copy: bool | None = None) -> Any:
        if isinstance(obj, BatchedArray):
            return wrap(inner.asarray(obj.raw, dtype=dtype, copy=copy))
        return wrap(inner.expand_dims(inner.asarray(obj, dtype=dtype, copy=copy), axis=0))

    def astype(x: Any, dtype: Any, /, *, copy: bool = True) -> Any:
        return wrap(inner.astype(x.raw, dtype, copy=copy))

    def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
        xp, dtype = wrap.xp, x.dtype
        x = x if min is None else xp.maximum(x, min)
        x = x if max is None else xp.minimum(x, max)
        return astype(x, dtype)

    return [asarray, astype, clip]


def _lift(x: Any, inner: Any, wrap: Any) -> Any:
    """An array as one that is the same for all samples."""
    return x if isinstance(x, BatchedArray) else wrap(inner.expand_dims(x, axis=0))


def _unbatched(value: Any) -> Any:
    """A value that must be the same for all samples."""
    if not isinstance(value, BatchedArray):
        return value
    if value.raw.shape[0] != 1:
        raise TypeError("how often elements are repeated must be the same for all samples")
    return value.raw[0]
