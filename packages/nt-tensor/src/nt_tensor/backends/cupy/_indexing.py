"""Scattered sums on CuPy, whose atomic additions know some dtypes only."""

from __future__ import annotations

from typing import Any

import cupy as cp

from nt_tensor.backend import Array
from nt_tensor.indexing import add_at, fitting

_ATOMIC = "efdILQ"  # float16, float32, float64, uint32, uint64


@add_at.on("cupy")
def _(x: Array, index: Any, values: Any) -> Array:
    values = fitting("add_at", x, values)
    if x.dtype.char in _ATOMIC:
        result = x.copy()
        cp.add.at(result, index, values)
        return result
    # Integers modulo 2^64: the low bytes of the sums are right whatever the signs.
    result = x.astype(cp.int64).view(cp.uint64)
    addend = values.astype(cp.int64).view(cp.uint64) if isinstance(values, cp.ndarray) else values
    cp.add.at(result, index, cp.uint64(addend % 2**64) if isinstance(addend, int) else addend)
    return result.view(cp.int64).astype(x.dtype)
