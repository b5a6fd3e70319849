"""Scattered sums on NumPy: `numpy.add.at` is quick for flat arrays, so everything is flattened."""

from __future__ import annotations

from typing import Any

import numpy as np

from nt_tensor.backend import Array
from nt_tensor.indexing import add_at, fitting


@add_at.on("numpy")
def _(x: Array, index: Any, values: Any) -> Array:
    result = x.copy(order="C")
    values = fitting("add_at", x, values)
    if _names_places_once(index):
        result[index] += values
        return result
    # The elements of x are numbered; what the index takes of the numbers is where values go. Only
    # the leading axes are indexed in the common case (rows of a table), so only they are numbered.
    leading = x.ndim
    if isinstance(index, np.ndarray) and index.dtype.kind in "iu" and x.ndim:
        leading = 1
    width = int(np.prod(x.shape[leading:], dtype=np.int64))
    numbers = np.arange(int(np.prod(x.shape[:leading], dtype=np.int64)))
    places = numbers.reshape(x.shape[:leading])[index]
    values = np.broadcast_to(values, places.shape + x.shape[leading:])
    if width != 1:
        places = places[..., None] * width + np.arange(width)
    np.add.at(result.reshape(-1), places.reshape(-1), values.reshape(-1))
    return result


def _names_places_once(index: Any) -> bool:
    """Tell whether an index is of slices and integers, or one mask, that name no place twice."""
    if isinstance(index, np.ndarray):
        return bool(index.dtype == np.bool_)
    entries = index if isinstance(index, tuple) else (index,)
    return not any(isinstance(entry, np.ndarray | list) for entry in entries)
