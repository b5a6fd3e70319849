"""The array API standard's functions for CuPy 13 and 14."""

from __future__ import annotations

from typing import Any

import cupy as cp
import numpy as np

from nt_tensor.backends._numpy_like import functions
from nt_tensor.backends._standard import complete, from_python
from nt_tensor.backends.numpy.namespace import DTYPES

__all__ = ["xp"]


def _asarray(obj: Any, /, *, dtype: Any = None, copy: bool | None = None) -> Any:
    if isinstance(obj, cp.ndarray):
        result = obj if dtype is None or obj.dtype == dtype else obj.astype(dtype)
        return result.copy() if copy and result is obj else result
    values = obj if isinstance(obj, np.ndarray | np.generic) else from_python(obj)
    if copy is False:
        raise ValueError("asarray(copy=False): what lies on the host must be copied")
    return cp.asarray(values, dtype)


def _repeat(x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
    if isinstance(repeats, cp.ndarray):
        repeats = repeats.tolist()  # CuPy wants the numbers on the host
    return cp.repeat(x, repeats, axis)


xp: Any = complete("cupy", DTYPES, {**functions(cp), "asarray": _asarray, "repeat": _repeat})
