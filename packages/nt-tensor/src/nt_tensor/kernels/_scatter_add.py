"""Sums of rows that share a number: what an embedding's gradient is."""

from __future__ import annotations

from math import prod

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel

__all__ = ["scatter_add"]


@kernel
def scatter_add(values: Array, index: Array, rows: int) -> Array:
    """Sum the rows of `values` (n, …) by their `index` (n,), integers in [0, rows): (rows, …).

    y[r] is the sum of values[i] over the i with index[i] = r. Nothing is checked: what an index
    outside of the range does is undefined.
    """
    # As a matrix product, which every library has: row r has ones where the index is r.
    xp = namespace(values)
    ones = xp.astype(xp.arange(rows)[:, None] == index[None, :], values.dtype)
    flat = xp.reshape(values, (values.shape[0], prod(values.shape[1:])))
    return xp.reshape(xp.matmul(ones, flat), (rows, *values.shape[1:]))
