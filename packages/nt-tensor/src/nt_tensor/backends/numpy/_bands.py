"""Band matrices on NumPy: slices where a column of the table has equal steps, else gathered."""

from __future__ import annotations

import numpy as np

from nt_tensor.kernels._bands import Bands, band_order, band_sum


@band_sum.on("numpy")
def _band_sum(x: np.ndarray, bands: Bands) -> np.ndarray:
    if x.dtype == np.float16:  # summed in float32, rounded once
        return _band_sum(x.astype(np.float32), bands).astype(np.float16)
    for axis, band in band_order(bands):
        index, weight = band.tables(x)
        shape = (*x.shape[:axis], len(band.rows), *x.shape[axis + 1 :])
        along = (-1, *[1] * (x.ndim - axis - 1))
        y = np.zeros(shape, x.dtype) if not len(index) else np.empty(shape, x.dtype)
        for t in range(len(index)):
            part = taken(x, index[t], axis)
            factor = weight[t, 0] if (weight[t] == weight[t, 0]).all() else weight[t].reshape(along)
            if t:
                y += part if np.ndim(factor) == 0 and factor == 1 else part * factor
            else:
                np.multiply(part, factor, out=y)
        if band.empty:
            y[(slice(None),) * axis + (list(band.empty),)] = 0
        x = y
    return x


def taken(x: np.ndarray, index: np.ndarray, axis: int) -> np.ndarray:
    """`np.take`, but a view where the index goes in equal steps."""
    steps = np.diff(index[:2]) if len(index) > 1 else np.ones(1, index.dtype)
    if len(index) and steps[0] > 0 and (np.diff(index) == steps[0]).all():
        cut = slice(int(index[0]), int(index[-1]) + 1, int(steps[0]))
        return x[(slice(None),) * axis + (cut,)]
    return np.take(x, index, axis=axis)
