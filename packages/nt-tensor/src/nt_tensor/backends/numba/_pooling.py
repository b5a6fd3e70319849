"""Windowed maxima by Numba: along the lines, then across them, a few planes at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nt_tensor.backends.numba._math import fast
from nt_tensor.kernels._bands import Band
from nt_tensor.kernels._pooling import scatter_planes, window_max
from nt_tensor.memory import BLOCK


@window_max.on("numba")
def _window_max(x: np.ndarray, windows: Sequence[Band]) -> tuple[np.ndarray, np.ndarray]:
    if x.dtype not in (np.float32, np.float64) or not x.size:
        return window_max.bodies["numpy"](x, windows)  # type: ignore[no-any-return]
    shape = (len(x), *[len(window.rows) for window in windows])
    y, index = np.empty(shape, x.dtype), np.empty(shape, np.int32)
    step = max(1, BLOCK // max(1, x[:1].size))
    for m in range(0, len(x), step):
        _block(np.ascontiguousarray(x[m : m + step]), windows, y[m : m + step], index[m : m + step])
    return y, index


def _block(x: np.ndarray, windows: Sequence[Band], y: np.ndarray, index: np.ndarray) -> None:
    axis, size, places = x.ndim - 1, x.shape[-1], y.shape[-1]
    best, at = y, index
    if axis > 1:
        best, at = (
            np.empty((*x.shape[:-1], places), x.dtype),
            np.empty((*x.shape[:-1], places), np.int32),
        )
    taps, _ = windows[-1].tables(x)
    _last(x.reshape(-1, size), taps, best.reshape(-1, places), at.reshape(-1, places))
    step = size
    for axis in range(x.ndim - 2, 0, -1):
        value, here = best, at
        before, behind = int(np.prod(x.shape[:axis])), int(np.prod(y.shape[axis + 1 :]))
        if axis == 1:
            best, at = y, index
        else:
            shape = (*x.shape[:axis], *y.shape[axis:])
            best, at = np.empty(shape, x.dtype), np.empty(shape, np.int32)
        taps, _ = windows[axis - 1].tables(x)
        old, new = (before, x.shape[axis], behind), (before, y.shape[axis], behind)
        _inner(
            value.reshape(old), here.reshape(old), taps, step, best.reshape(new), at.reshape(new)
        )
        step *= x.shape[axis]


@fast
def _last(x: np.ndarray, taps: np.ndarray, y: np.ndarray, index: np.ndarray) -> None:
    for r in range(len(x)):
        row, best, at = x[r], y[r], index[r]
        columns = taps[0]
        for o in range(len(best)):
            best[o], at[o] = row[columns[o]], columns[o]
        for t in range(1, len(taps)):
            columns = taps[t]
            for o in range(len(best)):
                value = row[columns[o]]
                more = (value > best[o]) | (value != value)
                best[o] = value if more else best[o]
                at[o] = columns[o] if more else at[o]


@fast
def _inner(
    x: np.ndarray,
    places: np.ndarray,
    taps: np.ndarray,
    step: int,
    y: np.ndarray,
    index: np.ndarray,
) -> None:
    count, rows, width = y.shape
    for a in range(count):
        for o in range(rows):
            best, at = y[a, o], index[a, o]
            line = taps[0, o]
            values, here, first = x[a, line], places[a, line], np.int32(line * step)
            for b in range(width):
                best[b], at[b] = values[b], here[b] + first
            for t in range(1, len(taps)):
                line = taps[t, o]
                values, here, first = x[a, line], places[a, line], np.int32(line * step)
                for b in range(width):
                    value = values[b]
                    more = (value > best[b]) | (value != value)
                    best[b] = value if more else best[b]
                    at[b] = here[b] + first if more else at[b]


@scatter_planes.on("numba")
def _scatter_planes(g: np.ndarray, index: np.ndarray, length: int) -> np.ndarray:
    if g.dtype not in (np.float32, np.float64):
        return scatter_planes.reference(g, index, length)  # type: ignore[no-any-return]
    y = np.zeros((len(g), length), g.dtype)
    _add(np.ascontiguousarray(g), np.ascontiguousarray(index), y)
    return y


@fast
def _add(g: np.ndarray, index: np.ndarray, y: np.ndarray) -> None:
    for m in range(len(g)):
        values, places, out = g[m], index[m], y[m]
        for i in range(len(values)):
            out[places[i]] += values[i]
