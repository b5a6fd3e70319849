"""Dropout by Numba: one pass over memory."""

from __future__ import annotations

import numpy as np

from nt_tensor.backends.numba._math import fast
from nt_tensor.kernels._dropout import dropout, scale_of


@dropout.on("numba")
def _dropout(x: np.ndarray, mask: np.ndarray, p: float) -> np.ndarray:
    if mask.shape != x.shape or x.dtype not in (np.float32, np.float64):
        return dropout.bodies["numpy"](x, mask, p)  # type: ignore[no-any-return]
    y = np.empty(x.shape, x.dtype)
    flat, stays = np.ascontiguousarray(x).reshape(-1), np.ascontiguousarray(mask).reshape(-1)
    _loop(flat, stays, x.dtype.type(scale_of(p)), y.reshape(-1))
    return y


@fast
def _loop(x: np.ndarray, mask: np.ndarray, scale: float, y: np.ndarray) -> None:
    zero = x.dtype.type(0.0)
    for i in range(x.size):
        y[i] = x[i] * scale if mask[i] else zero
