"""Windowed maxima on NumPy: a few planes at once, which the cache can hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nt_tensor.backends.numpy._bands import taken
from nt_tensor.kernels._bands import Band
from nt_tensor.kernels._pooling import window_max
from nt_tensor.memory import BLOCK


@window_max.on("numpy")
def _window_max(x: np.ndarray, windows: Sequence[Band]) -> tuple[np.ndarray, np.ndarray]:
    shape = (len(x), *[len(window.rows) for window in windows])
    y, index = np.empty(shape, x.dtype), np.empty(shape, np.int32)
    step = max(1, BLOCK // max(1, x[:1].size))
    for m in range(0, len(x), step):
        y[m : m + step], index[m : m + step] = _block(x[m : m + step], windows)
    return y, index


def _block(x: np.ndarray, windows: Sequence[Band]) -> tuple[np.ndarray, np.ndarray]:
    y, step = x, 1
    place: np.ndarray | None = None
    odd = x.dtype.kind == "f" and bool(np.isnan(x.max(initial=0)))  # a NaN is nowhere larger
    for axis in range(x.ndim - 1, 0, -1):
        taps, _ = windows[axis - 1].tables(x)
        along = (-1, *[1] * (x.ndim - axis - 1))
        best, at = None, None
        for tap in taps:
            value, here = taken(y, tap, axis), (tap * step).reshape(along)
            if place is not None:
                here = taken(place, tap, axis) + here
            if best is None or at is None:
                best = np.array(value)
                at = np.array(np.broadcast_to(here, value.shape), np.int32)
                continue
            more = value > best
            if odd:
                more |= value != value
            np.maximum(best, value, out=best)
            at += (here - at) * more  # several times quicker than a masked copy
        if best is not None and at is not None:
            y, place, step = best, at, step * x.shape[axis]
    return y, place if place is not None else np.zeros(y.shape, np.int32)
