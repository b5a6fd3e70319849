"""Indexing on CuPy: NumPy's index arrays are copied there, sums use the atomic additions it has."""

from __future__ import annotations

from typing import Any

import cupy as cp
import numpy as np

from nt_tensor.backend import Array
from nt_tensor.indexing import add_at, fitting, get_at, set_at

_ATOMIC = "efdILQ"  # float16, float32, float64, uint32, uint64


@get_at.on("cupy")
def _(x: Array, index: Any) -> Array:
    return x[_native(index)]


@set_at.on("cupy")
def _(x: Array, index: Any, values: Any) -> Array:
    result = x.copy()
    result[_native(index)] = fitting("set_at", x, _own(values))
    return result


@add_at.on("cupy")
def _(x: Array, index: Any, values: Any) -> Array:
    index, values = _native(index), fitting("add_at", x, _own(values))
    if x.dtype.char in _ATOMIC:
        result = x.copy()
        cp.add.at(result, index, values)
        return result
    # Integers modulo 2^64: the low bytes of the sums are right whatever the signs.
    result = x.astype(cp.int64).view(cp.uint64)
    wide = cp.asarray(values).astype(cp.int64).view(cp.uint64)
    cp.add.at(result, index, wide)
    return result.view(cp.int64).astype(x.dtype)


def _own(value: Any) -> Any:
    """Copy a NumPy array to the GPU; CuPy converts nothing of itself."""
    return cp.asarray(value) if isinstance(value, np.ndarray | np.generic) else value


def _native(index: Any) -> Any:
    return tuple(map(_own, index)) if isinstance(index, tuple) else _own(index)
