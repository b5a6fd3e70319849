"""The array API standard's functions for NumPy: its own, and quicker ways to those that are slow.

`numpy.sum` takes 1.5 µs for a small array and the ufunc's reduction below it 0.7, `numpy.mean` 2.9,
`numpy.var` 6.4: where networks are small, such calls are most of a training step.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nt_tensor import dtype as dt
from nt_tensor.backends._numpy_like import functions
from nt_tensor.backends._standard import complete

__all__ = ["DTYPES", "xp"]

DTYPES = {
    dtype: np.dtype(dtype.name)
    for dtype in (
        *(dt.float16, dt.float32, dt.float64, dt.bool_),
        *(dt.int8, dt.int16, dt.int32, dt.int64),
        *(dt.uint8, dt.uint16, dt.uint32, dt.uint64),
    )
}
"""NumPy's dtype for each of nt's: all but bfloat16."""

# Any: NumPy's type stubs know these reductions by keyword only, and keywords cost time.
_add: Any = np.add.reduce
_multiply: Any = np.multiply.reduce
_maximum: Any = np.maximum.reduce
_minimum: Any = np.minimum.reduce
_and: Any = np.logical_and.reduce
_or: Any = np.logical_or.reduce


def _sum(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    return _add(x, axis, dtype, None, keepdims)


def _prod(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    return _multiply(x, axis, dtype, None, keepdims)


def _max(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    return _maximum(x, axis, None, None, keepdims)


def _min(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    return _minimum(x, axis, None, None, keepdims)


def _all(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    return _and(x, axis, None, None, keepdims)


def _any(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    return _or(x, axis, None, None, keepdims)


def _mean(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    if x.dtype.char not in "fd":  # float16 is summed in float32, and NumPy knows how
        return np.mean(x, axis, keepdims=keepdims)
    total = _add(x, axis, None, None, keepdims)
    return total / (x.size / total.size if total.size else 1)


def _var(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    if x.dtype.char not in "fd":
        return np.var(x, axis, ddof=correction, keepdims=keepdims)
    centred = x - _mean(x, axis=axis, keepdims=True)
    total = _add(centred * centred, axis, None, None, keepdims)
    return total / max((x.size / total.size if total.size else 1) - correction, 0)


def _std(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    return np.sqrt(_var(x, axis=axis, correction=correction, keepdims=keepdims))


_quicker = (_sum, _prod, _max, _min, _all, _any, _mean, _var, _std)

xp: Any = complete(
    "numpy", DTYPES, functions(np) | {f.__name__.removeprefix("_"): f for f in _quicker}
)
