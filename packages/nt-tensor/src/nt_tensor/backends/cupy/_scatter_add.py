"""Sums of rows that share a number, on CuPy: atomic additions."""

from __future__ import annotations

from typing import Any

import cupy as cp

from nt_tensor.kernels._scatter_add import scatter_add


@scatter_add.on("cupy")
def _scatter_add(values: Any, index: Any, rows: int) -> Any:
    if (
        values.dtype.char not in "efd"
    ):  # the other dtypes have no atomic addition, or lack their sign
        return scatter_add.reference(values, index, rows)
    y = cp.zeros((rows, *values.shape[1:]), values.dtype)
    cp.add.at(y, index, values)
    return y
