"""A product of two matrices."""

from __future__ import annotations

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel

__all__ = ["matrix_product", "product"]


@kernel
def product(a: Array, b: Array) -> Array:
    """The value a @ b of a (rows, inner) and b (inner, columns)."""
    return a @ b


@kernel
def matrix_product(a: Array, b: Array) -> Array:
    """The same, where the library may use several threads for a large one."""
    return namespace(a).matmul(a, b)
