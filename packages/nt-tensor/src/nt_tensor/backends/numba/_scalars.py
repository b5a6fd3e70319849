"""What optimizer rules ask of `xp`, for single numbers: compiled into the loop that calls them."""

from __future__ import annotations

from typing import Any

import numpy as np

from nt_tensor.backends.numba._math import fast

__all__ = ["abs", "maximum", "minimum", "sign", "sqrt", "where"]

abs = np.abs
sign = np.sign
sqrt = np.sqrt


@fast
def maximum(a: Any, b: Any) -> Any:
    """The larger one; NaN if one is."""
    return a if a >= b or a != a else b


@fast
def minimum(a: Any, b: Any) -> Any:
    """The smaller one; NaN if one is."""
    return a if a <= b or a != a else b


@fast
def where(condition: Any, a: Any, b: Any) -> Any:
    """One of two numbers, chosen without a jump."""
    return a if condition else b
