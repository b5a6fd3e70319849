"""Columns added back into images on NumPy, in place."""

from __future__ import annotations

import numpy as np

from nt_tensor.kernels._fold import Pair, fold, window_taps


@fold.on("numpy")
def _fold(
    columns: np.ndarray,
    lengths: Pair,
    size: Pair,
    places: Pair,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
) -> np.ndarray:
    (top, left), (h, w) = padding, lengths
    wide = np.float32 if columns.dtype == np.float16 else columns.dtype  # rounded once
    parts = columns.reshape(len(columns), size[0] * size[1], *places)
    y = np.zeros((len(columns), h + 2 * top, w + 2 * left), wide)
    for t, (rows, across) in enumerate(window_taps(size, places, stride, dilation)):
        y[:, rows, across] += parts[:, t]
    return np.ascontiguousarray(y[:, top : top + h, left : left + w]).astype(
        columns.dtype, copy=False
    )
