"""Dropout on NumPy: bits under a mask instead of branches."""

from __future__ import annotations

import numpy as np

from nt_tensor.kernels._dropout import dropout, scale_of
from nt_tensor.kernels._where import where


@dropout.on("numpy")
def _dropout(x: np.ndarray, mask: np.ndarray, p: float) -> np.ndarray:
    return where(mask, x * scale_of(p), 0.0)  # type: ignore[no-any-return]
