"""zeros_of: a gradient that is nothing."""

from __future__ import annotations

from typing import Any

from nt_tensor import namespace

from ..cost import moved
from ..primitive import primitive

__all__ = ["zeros_of"]


@primitive
def zeros_of(x: Any, /) -> Any:
    """Zeros of the shape and dtype of `x`, a constant: the gradient of what moves in steps.

    (`x * 0` would be NaN where `x` is infinite.)

    Example:
        >>> from nt_autograd import tensor
        >>> zeros_of(tensor([1.0, float("inf")]))
        tensor([0., 0.])
    """
    return namespace(x).zeros_like(x)


zeros_of.cost(moved)
