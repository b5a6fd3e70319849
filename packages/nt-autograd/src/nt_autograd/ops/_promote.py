"""Bring tensors to one dtype before they meet in an op that joins or selects."""

from __future__ import annotations

from typing import Any

from nt_tensor import asarray, device_of, dtype_of, is_array, result_type

from ..tensor import Tensor
from ._astype import astype

__all__ = ["number_like", "together"]


def together(*values: Any) -> tuple[Any, ...]:
    """The values, cast to their common dtype; numbers stay and never widen an array."""
    arrays = [v.data if isinstance(v, Tensor) else v for v in values]
    dtype = result_type(*arrays)
    found = []
    for value, array in zip(values, arrays, strict=True):
        if is_array(array) and dtype_of(array) != dtype:
            value = astype(value, dtype)
        found.append(value)
    return tuple(found)


def number_like(number: Any, like: Any) -> Any:
    """A Python number as a 0-d array beside `like`, in the dtype that both have together."""
    return asarray(number, dtype=result_type(number, like), device=device_of(like))
