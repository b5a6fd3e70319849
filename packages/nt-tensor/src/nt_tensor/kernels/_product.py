"""A product of two matrices."""

from __future__ import annotations

from nt_tensor.backend import Array
from nt_tensor.kernel import kernel

__all__ = ["product"]


@kernel
def product(a: Array, b: Array) -> Array:
    """The value a @ b of a (rows, inner) and b (inner, columns)."""
    return a @ b
