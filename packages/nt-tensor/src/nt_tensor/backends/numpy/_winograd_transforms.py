"""Winograd's transforms on NumPy: products with small matrices, of all tiles at once."""

from __future__ import annotations

import numpy as np

from nt_tensor.kernels._winograd import INPUT, OUTPUT, WEIGHT, Matrix

__all__ = ["FROM_INPUT", "PARTS", "TAPS", "TILE", "TO_OUTPUT", "WINDOW", "transform"]


def _float(matrix: Matrix) -> np.ndarray:
    return np.array([[float(number) for number in row] for row in matrix], np.float32)


FROM_INPUT, TO_OUTPUT = _float(INPUT), _float(OUTPUT)
TILE, WINDOW = TO_OUTPUT.shape  # outputs of a tile, and the pixels that it sees, along an axis
PARTS = WINDOW * WINDOW  # elementwise products of a tile
TAPS = np.kron(_float(WEIGHT), _float(WEIGHT))  # what makes 3 x 3 taps ready for them


def transform(matrix: np.ndarray, x: np.ndarray, half: np.ndarray, found: np.ndarray) -> None:
    """Write M x M^T over the first two axes of x to `found`, by way of `half`.

    Two products, all tiles at once: BLAS takes 1.1 ns a pixel where M is 6 x 6. A chain of sums is
    as fast, but it is many short calls, and in those two threads take turns at the interpreter; the
    Kronecker product of M with itself takes 1.5 ns.
    """
    p, a = matrix.shape
    np.matmul(matrix, x.reshape(a, -1), out=half.reshape(p, -1))
    np.matmul(matrix, half.reshape(p, a, -1), out=found.reshape(p, p, -1))
