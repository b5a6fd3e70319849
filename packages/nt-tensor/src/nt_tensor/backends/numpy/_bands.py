"""Band matrices on NumPy: slices where a column of the table has equal steps, else gathered."""

from __future__ import annotations

import numpy as np

from nt_tensor.kernels._bands import Band, Bands, band_order, band_sum


@band_sum.on("numpy")
def _band_sum(x: np.ndarray, bands: Bands) -> np.ndarray:
    if x.dtype == np.float16:  # summed in float32, rounded once
        return _band_sum(x.astype(np.float32), bands).astype(np.float16)
    for axis, band in band_order(bands):
        x = _applied(x, axis, band)
    return x


def _applied(x: np.ndarray, axis: int, band: Band) -> np.ndarray:
    shape = (*x.shape[:axis], len(band.rows), *x.shape[axis + 1 :])
    if band.empty:
        y = np.zeros(shape, x.dtype)
        there = [o for o, row in enumerate(band.rows) if row]
        if there:
            y[(slice(None),) * axis + (there,)] = _applied(x, axis, band.without_empty)
        return y
    index, weight = band.tables(x)
    along = (-1, *[1] * (x.ndim - axis - 1))
    y = np.empty(shape, x.dtype)
    for t in range(len(index)):
        part = taken(x, index[t], axis)
        even = (weight[t] == weight[t, 0]).all()
        factor = weight[t, 0] if even else weight[t].reshape(along)
        if t:
            y += part * factor
        else:
            np.multiply(part, factor, out=y)
    return y


def taken(x: np.ndarray, index: np.ndarray, axis: int) -> np.ndarray:
    """`np.take`, but a view where the index goes in equal steps."""
    steps = np.diff(index[:2]) if len(index) > 1 else np.ones(1, index.dtype)
    if len(index) and steps[0] > 0 and (np.diff(index) == steps[0]).all():
        cut = slice(int(index[0]), int(index[-1]) + 1, int(steps[0]))
        return x[(slice(None),) * axis + (cut,)]
    return np.take(x, index, axis=axis)
