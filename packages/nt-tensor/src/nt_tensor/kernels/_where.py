"""Choosing between two arrays, element by element."""

from __future__ import annotations

from typing import Any

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel

__all__ = ["where"]


@kernel
def where(condition: Array, a: Any, b: Any) -> Array:
    """The elements of `a` where `condition` holds, those of `b` elsewhere; both may be numbers."""
    return namespace(condition).where(condition, a, b)
