"""Band matrices by Numba: an axis in one pass, a few planes at once through all axes."""

from __future__ import annotations

import numpy as np

from nt_tensor.backends.numba._math import fast
from nt_tensor.kernels._bands import Band, Bands, band_order, band_sum
from nt_tensor.memory import BLOCK


@band_sum.on("numba")
def _band_sum(x: np.ndarray, bands: Bands) -> np.ndarray:
    if x.dtype not in (np.float32, np.float64) or any(b and not b.tables(x)[0].size for b in bands):
        return band_sum.bodies["numpy"](x, bands)  # type: ignore[no-any-return]
    order = band_order(bands)
    if not order:
        return x
    shape = [len(x), *x.shape[1:]]
    for axis, band in order:
        shape[axis] = len(band.rows)
    y = np.empty(tuple(shape), x.dtype)
    step = max(1, BLOCK // max(1, x[:1].size, y[:1].size))
    for m in range(0, len(x), step):
        part = np.ascontiguousarray(x[m : m + step])
        for axis, band in order[:-1]:
            part = _applied(part, axis, band)
        _applied(part, *order[-1], y[m : m + step])
    return y


def _applied(x: np.ndarray, axis: int, band: Band, out: np.ndarray | None = None) -> np.ndarray:
    index, weight = band.tables(x)
    before, behind = x.shape[:axis], x.shape[axis + 1 :]
    y = np.empty((*before, len(band.rows), *behind), x.dtype) if out is None else out
    if x.size and not behind:
        _last(x.reshape(-1, x.shape[axis]), index, weight, y.reshape(-1, len(band.rows)))
    elif x.size:
        rows, width = int(np.prod(before)), int(np.prod(behind))
        flat = x.reshape(rows, x.shape[axis], width)
        _inner(flat, index, weight, y.reshape(rows, len(band.rows), width))
    if band.empty:
        y[(slice(None),) * axis + (list(band.empty),)] = 0
    return y


@fast
def _last(x: np.ndarray, index: np.ndarray, weight: np.ndarray, y: np.ndarray) -> None:
    """Along rows that lie in one piece."""
    for r in range(len(x)):
        row, out = x[r], y[r]
        columns, values = index[0], weight[0]
        for o in range(len(out)):
            out[o] = values[o] * row[columns[o]]
        for t in range(1, len(index)):
            columns, values = index[t], weight[t]
            for o in range(len(out)):
                out[o] += values[o] * row[columns[o]]


@fast
def _inner(x: np.ndarray, index: np.ndarray, weight: np.ndarray, y: np.ndarray) -> None:
    """Across rows: whole rows times a number."""
    count, places, width = y.shape
    for a in range(count):
        for o in range(places):
            out, row, value = y[a, o], x[a, index[0, o]], weight[0, o]
            for b in range(width):
                out[b] = value * row[b]
            for t in range(1, len(index)):
                row, value = x[a, index[t, o]], weight[t, o]
                for b in range(width):
                    out[b] += value * row[b]
