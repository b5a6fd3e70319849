"""Searching, sorting, sets and statistics of the standard, where MLX lacks them or means otherwise.

What has a size that depends on the values (`nonzero`, `unique_values`, ...) MLX cannot compute; it
goes over NumPy, which evaluates the array. MLX's uint32 indices become int64, and sums of small
integers int64 or uint64, as the standard has it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mlx.core as mx
import numpy as np

from nt_tensor.backends._numpy_like import UniqueAll, UniqueCounts, UniqueInverse
from nt_tensor.backends.mlx.shapes import flip, from_numpy

__all__ = ["FUNCTIONS", "host"]


def host(x: Any) -> Any:
    """Look at an array's values from NumPy; NaN sorts and compares as there."""
    return np.asarray(x.astype(mx.float32) if x.dtype == mx.bfloat16 else x)


def _wide(dtype: Any) -> Any:
    """The dtype of a sum: integers are summed in 64 bits."""
    if mx.issubdtype(dtype, mx.unsignedinteger):
        return mx.uint64
    return dtype if mx.issubdtype(dtype, mx.floating) else mx.int64


def _summing(function: Callable[..., Any]) -> Callable[..., Any]:
    def reduce(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
        return function(x.astype(dtype or _wide(x.dtype)), axis, keepdims)

    return reduce


def _running(name: str, function: Callable[..., Any], first: int) -> Callable[..., Any]:
    def cumulative(
        x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
    ) -> Any:
        if axis is None:
            if x.ndim != 1:
                raise ValueError(f"{name} needs an axis for an array of shape {x.shape}")
            axis = 0
        result = function(x.astype(dtype or _wide(x.dtype)), axis)
        if not include_initial:
            return result
        shape = list(x.shape)
        shape[axis] = 1
        return mx.concatenate([mx.full(shape, first, result.dtype), result], axis)

    return cumulative


def _reducing(function: Callable[..., Any]) -> Callable[..., Any]:
    def reduce(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
        return function(x, axis, keepdims)

    return reduce


def _finding(function: Callable[..., Any]) -> Callable[..., Any]:
    def search(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
        return function(x, axis, keepdims).astype(mx.int64)

    return search


def var(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """The mean squared distance from the mean."""
    centred = x - mx.mean(x, axis, True)
    total = mx.sum(centred * centred, axis, keepdims)
    count = x.size / math.prod(total.shape) if total.size else 1
    return total / max(count - correction, 0)


def std(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """The root of the variance."""
    return mx.sqrt(var(x, axis=axis, correction=correction, keepdims=keepdims))


def count_nonzero(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """How many are not zero."""
    return mx.sum((x != 0).astype(mx.int64), axis, keepdims)


def diff(x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> Any:
    """The differences of neighbours, `n` times."""
    x = mx.concatenate([each for each in (prepend, x, append) if each is not None], axis)
    along = axis % x.ndim
    behind = (slice(None),) * along + (slice(1, None),)
    before = (slice(None),) * along + (slice(None, -1),)
    for _ in range(n):
        x = x[behind] - x[before]
    return x


def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """In order along an axis."""
    result = mx.sort(x, axis)
    return flip(result, axis=axis) if descending else result


def argsort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """Where the elements in order are; equal ones keep their order."""
    if not descending:
        return mx.argsort(x, axis).astype(mx.int64)
    order = flip(mx.argsort(flip(x, axis=axis), axis), axis=axis)
    return x.shape[axis] - 1 - order.astype(mx.int64)


def searchsorted(x1: Any, x2: Any, /, *, side: Any = "left", sorter: Any = None) -> Any:
    """Where elements would have to be inserted to keep the order."""
    if side not in ("left", "right"):
        raise ValueError(f'searchsorted: side {side!r} is neither "left" nor "right"')
    if sorter is not None:
        x1 = mx.take(x1, sorter)
    if hasattr(mx, "searchsorted"):
        return mx.searchsorted(x1, x2, side=side).astype(mx.int64)
    return mx.array(np.asarray(np.searchsorted(host(x1), host(x2), side)))


def nonzero(x: Any, /) -> tuple[Any, ...]:
    """Where the elements that are not zero are, an array for each axis."""
    if x.ndim == 0:
        raise ValueError("nonzero needs an array with at least one axis")
    return tuple(from_numpy(places) for places in np.nonzero(host(x)))


def unique_all(x: Any, /) -> UniqueAll:
    """The distinct values in order, their first places, each element's value, and the counts."""
    values, *rest = np.unique(
        host(x).ravel(), return_index=True, return_inverse=True, return_counts=True, equal_nan=False
    )
    first, inverse, counts = (from_numpy(each) for each in rest)
    return UniqueAll(from_numpy(values, x.dtype), first, inverse.reshape(x.shape), counts)


def unique_counts(x: Any, /) -> UniqueCounts:
    """The distinct values in order, and the counts."""
    every = unique_all(x)
    return UniqueCounts(every.values, every.counts)


def unique_inverse(x: Any, /) -> UniqueInverse:
    """The distinct values in order, and which one each element is."""
    every = unique_all(x)
    return UniqueInverse(every.values, every.inverse_indices)


def unique_values(x: Any, /) -> Any:
    """The distinct values in order."""
    return unique_all(x).values


FUNCTIONS = {
    "sum": _summing(mx.sum),
    "prod": _summing(mx.prod),
    "cumulative_sum": _running("cumulative_sum", mx.cumsum, 0),
    "cumulative_prod": _running("cumulative_prod", mx.cumprod, 1),
    **{name: _reducing(getattr(mx, name)) for name in ("all", "any", "max", "mean", "min")},
    **{name: _finding(getattr(mx, name)) for name in ("argmax", "argmin")},
    **{
        f.__name__: f
        for f in (
            *(argsort, count_nonzero, diff, nonzero, searchsorted, sort, std, var),
            *(unique_all, unique_counts, unique_inverse, unique_values),
        )
    },
}
"""The standard's searching, sorting, set, statistical and utility functions."""
