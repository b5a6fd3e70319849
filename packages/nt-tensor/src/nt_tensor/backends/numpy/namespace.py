"""The array API standard's functions for NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from nt_tensor.backend import Namespace

__all__ = ["xp"]


def _sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    result = np.sort(x, axis=axis, stable=stable)
    return np.flip(result, axis=axis) if descending else result


xp: Any = Namespace("numpy", {**{n: getattr(np, n) for n in np.__all__ if not n.startswith("_")}, "sort": _sort})
