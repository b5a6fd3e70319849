"""Rotary position embedding on NumPy: whole rows at a time, or neighbours as complex numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from nt_tensor.kernels._rotary import rotary

_COMPLEX: dict[Any, Any] = {np.dtype(np.float32): np.complex64, np.dtype(np.float64): np.complex128}


@rotary.on("numpy")
def _rotary(x: np.ndarray, cos: np.ndarray, sin: np.ndarray, interleaved: bool) -> np.ndarray:
    if not x.dtype == cos.dtype == sin.dtype or x.dtype not in _COMPLEX:
        return rotary.reference(x, cos, sin, interleaved)  # type: ignore[no-any-return]
    if interleaved:  # a pair lies in memory as a complex number does, and turns by a product
        kind = _COMPLEX[x.dtype]
        turn = np.empty(np.broadcast_shapes(cos.shape, sin.shape), kind)
        turn.real, turn.imag = cos, sin
        pairs = x if x.strides[-1] == x.itemsize else np.ascontiguousarray(x)
        turned: np.ndarray = pairs.view(kind) * turn
        return turned.view(x.dtype)
    half = x.shape[-1] // 2
    crossed = np.empty_like(x)
    crossed[..., :half], crossed[..., half:] = x[..., half:], x[..., :half]
    y: np.ndarray = x * np.concatenate((cos, cos), axis=-1)
    y += crossed * np.concatenate((-sin, sin), axis=-1)
    return y
