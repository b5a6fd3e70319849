"""Large products by the compiled tiles, wherever NumPy's library has no more threads than they."""

from __future__ import annotations

from typing import Any

import numpy as np

from nt_tensor.backends.numba._math import fast
from nt_tensor.backends.numba._product import COLUMNS, ROWS, WIDE, _into, _panels, _tile
from nt_tensor.backends.numpy import _linear as plain
from nt_tensor.kernels._linear import linear
from nt_tensor.kernels._product import matrix_product
from nt_tensor.memory import scratch
from nt_tensor.threads import in_one_thread

LEAST = 1 << 20  # multiplications, below which a call of NumPy's costs less than packing
FEWEST = 64  # rows: with fewer, packing b costs too much of the product
CHUNK = 256  # rows of one pass of a^T b
WIDEST = 512  # columns of one pass: their piece of a then stays in the second-level cache
GAP = 16  # numbers between the rows of that piece: at a power of two they would evict each other


@linear.on("numba")
def _linear(x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None) -> np.ndarray:
    if not _fits(x, weight.T):
        return plain.linear_body(x, weight, bias)
    y = _matrix_product(x, weight.T)
    if bias is None:
        return y
    if bias.dtype != y.dtype:
        return y + bias  # type: ignore[no-any-return]
    y += bias
    return y


@matrix_product.on("numba")
def _matrix_product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    if not _fits(a, b):
        y: np.ndarray = a @ b
        return y
    out = np.empty((a.shape[0], b.shape[1]), np.float32)
    if a.T.flags.c_contiguous and b.flags.c_contiguous:
        piece = scratch(0, (CHUNK, WIDEST + GAP), out.dtype)
        panels = scratch(1, (-(-b.shape[1] // COLUMNS), CHUNK, COLUMNS), out.dtype)
        _turned_times(a.T, b, piece, panels, out)
    else:
        _into(a, _panels(b), out)
    return out


def _fits(a: Any, b: Any) -> bool:
    return bool(
        WIDE
        and in_one_thread()
        and a.dtype == b.dtype == np.float32
        and a.shape[0] >= FEWEST
        and a.shape[0] * a.shape[1] * b.shape[1] > LEAST
    )


@fast
def _turned_times(
    a: np.ndarray, b: np.ndarray, piece: np.ndarray, panels: np.ndarray, c: np.ndarray
) -> None:
    """Write a^T @ b into c, for a (inner, rows) and b (inner, columns), as a weight's gradient.

    `piece` holds a part of a, whose rows the tiles read downwards, and `panels` a part of b. What
    lies in them behind their last column is multiplied too, and goes nowhere.
    """
    inner, rows = a.shape
    columns = b.shape[1]
    whole = columns // COLUMNS
    width = piece.shape[1]
    beside = np.empty((ROWS, COLUMNS), c.dtype)
    for first in range(0, inner, CHUNK):
        count = min(CHUNK, inner - first)
        sign = -count if first else count
        for k in range(count):
            source = b[first + k]
            for p in range(whole):
                for j in range(COLUMNS):
                    panels[p, k, j] = source[p * COLUMNS + j]
            for j in range(whole * COLUMNS, columns):
                panels[whole, k, j - whole * COLUMNS] = source[j]
        for begin in range(0, rows, WIDEST):
            end = min(begin + WIDEST, rows)
            for k in range(count):
                piece[k, : end - begin] = a[first + k, begin:end]
            for p in range(panels.shape[0]):
                left = p * COLUMNS
                panel = panels[p].ctypes.data
                for top in range(begin, end, ROWS):
                    start = piece[0, top - begin :].ctypes.data
                    if top + ROWS <= rows and left + COLUMNS <= columns:
                        place = c[top, left:].ctypes.data
                        _tile(start, 1, width, panel, place, columns, sign)
                        continue
                    _tile(start, 1, width, panel, beside.ctypes.data, COLUMNS, count)
                    for r in range(min(ROWS, rows - top)):
                        for j in range(min(COLUMNS, columns - left)):
                            if first:
                                c[top + r, left + j] += beside[r, j]
                            else:
                                c[top + r, left + j] = beside[r, j]
