"""Sums of rows that share a number, by Numba: one pass over the rows."""

from __future__ import annotations

from math import prod

import numpy as np

from nt_tensor.backends.numba._math import fast
from nt_tensor.kernels._scatter_add import scatter_add


@scatter_add.on("numba")
def _scatter_add(values: np.ndarray, index: np.ndarray, rows: int) -> np.ndarray:
    if values.dtype not in (np.float32, np.float64):
        return scatter_add.bodies["numpy"](values, index, rows)  # type: ignore[no-any-return]
    rest = values.shape[1:]
    width = prod(rest)
    y = np.zeros((rows, width), values.dtype)
    flat = np.ascontiguousarray(values).reshape(len(values), width)
    _loop(flat, np.ascontiguousarray(index, np.int64), y)
    return y.reshape(rows, *rest)


@fast
def _loop(values: np.ndarray, index: np.ndarray, y: np.ndarray) -> None:
    n, width = values.shape
    for i in range(n):
        value, total = values[i], y[index[i]]
        for j in range(width):
            total[j] += value[j]
