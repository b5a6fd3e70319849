"""Products of many matrices with one, on NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

__all__ = ["Into", "times"]

Into: TypeAlias = Callable[[np.ndarray, np.ndarray], object]


def times(b: np.ndarray) -> Into:
    """A function that writes `a @ b` into its second argument."""
    return lambda a, out: np.matmul(a, b, out=out)
