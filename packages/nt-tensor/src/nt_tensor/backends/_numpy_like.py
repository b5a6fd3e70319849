"""The array API standard for a library that speaks as NumPy does: CuPy, and most of NumPy.

Written on the names that CuPy 13 has; where a library has the standard's name and meaning, the
namespace takes its own function instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nt_tensor.backends._standard import from_python
from nt_tensor.dtype import as_dtype

__all__ = ["functions"]

# What both libraries have under the standard's name and with its meaning, positional as there.
_AS_IT_IS = """
    abs add bitwise_and bitwise_or bitwise_xor copysign cos cosh divide equal exp expm1 floor_divide
    greater greater_equal hypot isfinite isinf isnan less less_equal log log10 log1p log2 logaddexp
    logical_and logical_not logical_or logical_xor maximum minimum multiply negative nextafter
    not_equal positive remainder round sign signbit sin sinh sqrt square subtract tan tanh
    matmul broadcast_arrays broadcast_to flip moveaxis repeat roll squeeze stack tile
    argmax argmin searchsorted where all any max min meshgrid tril triu
""".split()  # noqa: SIM905 (words read better than 60 quoted lines)

_UNDER_ANOTHER_NAME = {
    "acos": "arccos",
    "acosh": "arccosh",
    "asin": "arcsin",
    "asinh": "arcsinh",
    "atan": "arctan",
    "atan2": "arctan2",
    "atanh": "arctanh",
    "bitwise_invert": "invert",
    "bitwise_left_shift": "left_shift",
    "bitwise_right_shift": "right_shift",
    "concat": "concatenate",
    "pow": "power",
}


class UniqueAll(NamedTuple):
    """The distinct values, their first places, which one each element is, and how often."""

    values: Any
    indices: Any
    inverse_indices: Any
    counts: Any


class UniqueCounts(NamedTuple):
    """The distinct values and how often each is."""

    values: Any
    counts: Any


class UniqueInverse(NamedTuple):
    """The distinct values and which one each element is."""

    values: Any
    inverse_indices: Any


def functions(lib: Any) -> dict[str, Callable[..., Any]]:
    """Collect the standard's functions for `lib`, the module `numpy` or `cupy`."""
    taken = {name: getattr(lib, name) for name in _AS_IT_IS}
    renamed = {name: getattr(lib, old) for name, old in _UNDER_ANOTHER_NAME.items()}
    parts = (_creation, _elementwise, _manipulation, _searching, _statistics)
    written = {f.__name__.rstrip("_"): f for part in parts for f in part(lib)}
    return {**taken, **renamed, **written}


def _creation(lib: Any) -> list[Callable[..., Any]]:
    def arange(start: Any, /, stop: Any = None, step: Any = 1, *, dtype: Any = None) -> Any:
        if stop is None:
            start, stop = 0, start
        if dtype is None:
            floats = any(isinstance(each, float) for each in (start, stop, step))
            dtype = np.float32 if floats else np.int64
        return lib.arange(start, stop, step, dtype=dtype)

    def asarray(obj: Any, /, *, dtype: Any = None, copy: bool | None = None) -> Any:
        if isinstance(obj, lib.ndarray | np.generic | np.ndarray):
            result = lib.asarray(obj, dtype)
        else:
            result = lib.asarray(from_python(obj, None if dtype is None else as_dtype(dtype)))
        if copy is False and result is not obj:
            raise ValueError("asarray(copy=False): this needs a copy")
        return result.copy() if copy and result is obj else result

    def empty(shape: Any, *, dtype: Any = np.float32) -> Any:
        return lib.empty(shape, dtype)

    def zeros(shape: Any, *, dtype: Any = np.float32) -> Any:
        return lib.zeros(shape, dtype)

    def ones(shape: Any, *, dtype: Any = np.float32) -> Any:
        return lib.ones(shape, dtype)

    def full(shape: Any, fill_value: Any, *, dtype: Any = None) -> Any:
        if dtype is None and isinstance(fill_value, float | int):
            dtype = from_python(fill_value).dtype
        return lib.full(shape, fill_value, dtype)

    def empty_like(x: Any, /, *, dtype: Any = None) -> Any:
        return lib.empty(x.shape, x.dtype if dtype is None else dtype)

    def zeros_like(x: Any, /, *, dtype: Any = None) -> Any:
        return lib.zeros(x.shape, x.dtype if dtype is None else dtype)

    def ones_like(x: Any, /, *, dtype: Any = None) -> Any:
        return lib.ones(x.shape, x.dtype if dtype is None else dtype)

    def full_like(x: Any, /, fill_value: Any, *, dtype: Any = None) -> Any:
        return lib.full(x.shape, fill_value, x.dtype if dtype is None else dtype)

    def eye(rows: int, columns: int | None = None, /, *, k: int = 0, dtype: Any = None) -> Any:
        return lib.eye(rows, columns, k, dtype or np.float32)

    def linspace(
        start: float, stop: float, /, num: int, *, dtype: Any = None, endpoint: bool = True
    ) -> Any:
        return lib.linspace(start, stop, num, endpoint, dtype=dtype or np.float32)

    def from_dlpack(x: Any, /) -> Any:
        return lib.from_dlpack(x)

    def astype(x: Any, dtype: Any, /, *, copy: bool = True) -> Any:
        return x.astype(dtype, copy=copy)

    return [
        *(arange, asarray, empty, zeros, ones, full, empty_like, zeros_like, ones_like, full_like),
        *(eye, linspace, from_dlpack, astype),
    ]


def _elementwise(lib: Any) -> list[Callable[..., Any]]:
    def whole(name: str) -> Callable[..., Any]:
        function = getattr(lib, name)

        def rounding(x: Any, /) -> Any:
            return x if x.dtype.kind in "biu" else function(x)  # integers are whole already

        rounding.__name__ = name
        return rounding

    def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
        if min is None and max is None:
            return x.copy()
        return lib.clip(x, min, max)

    def reciprocal(x: Any, /) -> Any:
        return 1.0 / x

    return [whole("ceil"), whole("floor"), whole("trunc"), clip, reciprocal]


def _manipulation(lib: Any) -> list[Callable[..., Any]]:
    def reshape(x: Any, /, shape: tuple[int, ...], *, copy: bool | None = None) -> Any:
        result = x.reshape(shape)
        if copy is None:
            return result
        shared = result is x or result.base is (x if x.base is None else x.base)
        if copy is False and not shared:
            raise ValueError(f"reshape(copy=False): {x.shape} to {tuple(shape)} needs a copy")
        return result.copy() if copy and shared else result

    def permute_dims(x: Any, /, axes: tuple[int, ...]) -> Any:
        return x.transpose(axes)

    def matrix_transpose(x: Any, /) -> Any:
        if x.ndim < 2:
            raise ValueError(f"matrix_transpose needs two axes or more, not shape {x.shape}")
        return x.swapaxes(-1, -2)

    def expand_dims(x: Any, /, *, axis: int = 0) -> Any:
        place = axis if axis >= 0 else axis + x.ndim + 1
        if not 0 <= place <= x.ndim:
            raise IndexError(f"expand_dims: axis {axis} is outside of {-x.ndim - 1} to {x.ndim}")
        return x[(slice(None),) * place + (None,)]

    def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
        return tuple(lib.moveaxis(x, axis, 0))

    def take(x: Any, indices: Any, /, *, axis: int | None = None) -> Any:
        return x.take(indices, axis)

    def take_along_axis(x: Any, indices: Any, /, *, axis: int = -1) -> Any:
        return lib.take_along_axis(x, indices, axis)

    def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
        x1, x2 = lib.moveaxis(x1, axis, -1), lib.moveaxis(x2, axis, -1)
        return (x1[..., None, :] @ x2[..., :, None])[..., 0, 0]

    def tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
        return lib.tensordot(x1, x2, axes)

    return [
        *(reshape, permute_dims, matrix_transpose, expand_dims, unstack, take, take_along_axis),
        *(vecdot, tensordot),
    ]


def _searching(lib: Any) -> list[Callable[..., Any]]:
    def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
        result = lib.sort(x, axis, "stable")
        return lib.flip(result, axis) if descending else result

    def argsort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
        if not descending:
            return lib.argsort(x, axis, "stable")
        # Sorted backwards and read backwards twice, so that equal elements keep their order.
        order = lib.flip(lib.argsort(lib.flip(x, axis), axis, "stable"), axis)
        return x.shape[axis] - 1 - order

    def nonzero(x: Any, /) -> tuple[Any, ...]:
        if x.ndim == 0:
            raise ValueError("nonzero needs an array with at least one axis")
        return tuple(lib.nonzero(x))

    def count_nonzero(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
        return (x != 0).sum(axis=axis, keepdims=keepdims)

    def unique(x: Any, *wanted: str) -> tuple[Any, ...]:
        values, *rest = lib.unique(x.ravel(), **dict.fromkeys(wanted, True), equal_nan=False)
        return values, *rest

    def unique_values(x: Any, /) -> Any:
        return lib.unique(x.ravel(), equal_nan=False)

    def unique_counts(x: Any, /) -> UniqueCounts:
        return UniqueCounts(*unique(x, "return_counts"))

    def unique_inverse(x: Any, /) -> UniqueInverse:
        values, inverse = unique(x, "return_inverse")
        return UniqueInverse(values, inverse.reshape(x.shape))

    def unique_all(x: Any, /) -> UniqueAll:
        values, first, inverse, counts = unique(
            x, "return_index", "return_inverse", "return_counts"
        )
        return UniqueAll(values, first, inverse.reshape(x.shape), counts)

    return [
        *(sort, argsort, nonzero, count_nonzero),
        *(unique_values, unique_counts, unique_inverse, unique_all),
    ]


def _statistics(lib: Any) -> list[Callable[..., Any]]:
    def sum_(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
        return lib.sum(x, axis, dtype, keepdims=keepdims)

    def prod(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
        return lib.prod(x, axis, dtype, keepdims=keepdims)

    def mean(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
        return lib.mean(x, axis, keepdims=keepdims)

    def var(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
        centred = x - lib.mean(x, axis, keepdims=True)
        total = lib.sum(centred * centred, axis, keepdims=keepdims)
        count = x.size / math.prod(total.shape) if total.size else 1
        return total / max(count - correction, 0)

    def std(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
        return lib.sqrt(var(x, axis=axis, correction=correction, keepdims=keepdims))

    def running(name: str, function: Callable[..., Any], first: int) -> Callable[..., Any]:
        def cumulative(
            x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
        ) -> Any:
            if axis is None:
                if x.ndim != 1:
                    raise ValueError(f"{name} needs an axis for an array of shape {x.shape}")
                axis = 0
            result = function(x, axis, dtype)
            if not include_initial:
                return result
            shape = list(x.shape)
            shape[axis] = 1
            return lib.concatenate([lib.full(shape, first, result.dtype), result], axis)

        cumulative.__name__ = name
        return cumulative

    def diff(
        x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None
    ) -> Any:
        ends = [each for each in (prepend, x, append) if each is not None]
        x = lib.concatenate(ends, axis) if len(ends) > 1 else x
        return lib.diff(x, n, axis)

    return [
        *(sum_, prod, mean, var, std, diff),
        running("cumulative_sum", lib.cumsum, 0),
        running("cumulative_prod", lib.cumprod, 1),
    ]
