"""A function of one element, or of the elements in one place of several arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nt_tensor.backend import Array
from nt_tensor.kernel import kernel
from nt_tensor.kernels._wide import widened

__all__ = ["pointwise"]


@kernel
@widened()
def pointwise(x: Array, formula: Callable[..., Any], *rest: Any) -> Any:
    """The value formula(x, *rest), which works element by element and is written in array code.

    A library may cut the arrays into pieces and so keep the formula's intermediate results small.

    Args:
        x: any shape; half precision is computed in float32.
        formula: takes arrays and numbers; returns an array, or a tuple of arrays.
        *rest: arrays of the shape of `x`, and numbers.
    """
    return formula(x, *rest)
