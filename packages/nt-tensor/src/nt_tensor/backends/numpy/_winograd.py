"""Convolution by 3 x 3 in Winograd's form on NumPy: all of it, the transforms too, as products."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import as_strided

from nt_tensor.kernels._convolution import Padding
from nt_tensor.kernels._winograd import INPUT, OUTPUT, WEIGHT, Matrix
from nt_tensor.memory import scratch

__all__ = ["winograd", "winograd_weight"]

_FEW = 1 << 18  # transformed elements at once


def _both(matrix: Matrix) -> np.ndarray:
    """A transform over both axes as one matrix."""
    array = np.array([[float(number) for number in row] for row in matrix])
    return np.kron(array, array).astype(np.float32)


_INPUT, _WEIGHT, _OUTPUT = _both(INPUT), _both(WEIGHT), _both(OUTPUT)


def winograd(x: np.ndarray, weight: np.ndarray, padding: Padding, y: np.ndarray) -> None:
    """Write y (N, O, OH, OW), all images of x (N, C, H, W) with `padding`."""
    n, o, oh, ow = y.shape
    c = x.shape[1]
    high, wide = -(-oh // 4), -(-ow // 4)
    taps = np.ascontiguousarray(weight.reshape(o * c, 9).T)
    panels = (_WEIGHT @ taps).reshape(36, o, c)
    tiles = _tiles(x, high, wide, 4, 6, padding)
    for images, lines in _portions(n, high, wide, max(c, o)):
        inner = _transformed(_INPUT, tiles[:, :, :, images, lines], 0)
        products = np.matmul(panels, inner, out=scratch(3, (36, o, inner.shape[2]), x.dtype))
        count, rows = images.stop - images.start, lines.stop - lines.start
        outer = np.matmul(_OUTPUT, products.reshape(36, -1), out=_scratch_of(16, products, 4))
        # (4, 4, O, N, lines, columns) back to images
        parts = outer.reshape(4, 4, o, count, rows, wide).transpose(3, 2, 4, 0, 5, 1)
        part = y[images, :, 4 * lines.start : 4 * lines.stop]
        if part.shape[2:] == (4 * rows, 4 * wide):
            part.reshape(count, o, rows, 4, wide, 4)[...] = parts
        else:
            whole = parts.reshape(count, o, 4 * rows, 4 * wide)
            part[...] = whole[:, :, : part.shape[2], : part.shape[3]]


def winograd_weight(g: np.ndarray, x: np.ndarray, padding: Padding) -> np.ndarray:
    """The gradient of the weight (O, C, 3, 3)."""
    n, o, oh, ow = g.shape
    c = x.shape[1]
    high, wide = -(-oh // 4), -(-ow // 4)
    panels = np.zeros((36, o, c), x.dtype)
    tiles = _tiles(x, high, wide, 4, 6, padding)
    places = _tiles(g, high, wide, 4, 4, ((0, 0), (0, 0)))
    back = np.ascontiguousarray(_OUTPUT.T)
    for images, lines in _portions(n, high, wide, max(c, o)):
        inner = _transformed(_INPUT, tiles[:, :, :, images, lines], 0)
        outer = _transformed(back, places[:, :, :, images, lines], 3)
        panels += np.matmul(outer, inner.swapaxes(1, 2), out=scratch(6, panels.shape, x.dtype))
    gw = _WEIGHT.T @ panels.reshape(36, o * c)
    return np.ascontiguousarray(gw.T).reshape(o, c, 3, 3)


def _tiles(
    x: np.ndarray, high: int, wide: int, step: int, size: int, padding: Padding
) -> np.ndarray:
    """A view (size, size, C, N, high, wide) of tiles that overlap, of images with zeros around."""
    n, c = x.shape[:2]
    (top, _), (left, _) = padding
    shape = (n, c, step * (high - 1) + size, step * (wide - 1) + size)
    if shape != x.shape or top or left:
        padded = np.zeros(shape, x.dtype)
        # A negative padding cuts, and so does the end of the last tile.
        y0, x0 = max(-top, 0), max(-left, 0)
        inner = x[:, :, y0 : shape[2] - top, x0 : shape[3] - left]
        y1, x1 = max(top, 0), max(left, 0)
        padded[:, :, y1 : y1 + inner.shape[2], x1 : x1 + inner.shape[3]] = inner
        x = padded
    a, b, p, q = x.strides
    strides = (p, q, b, a, step * p, step * q)
    return as_strided(x, (size, size, c, n, high, wide), strides, writeable=False)


def _transformed(matrix: np.ndarray, tiles: np.ndarray, slot: int) -> np.ndarray:
    """Tiles (s, s, C, N, lines, columns) as (36, C, tiles) in Winograd's form."""
    channels = tiles.shape[2]
    columns = scratch(slot + 1, tiles.shape, tiles.dtype)
    np.copyto(columns, tiles)
    flat = columns.reshape(matrix.shape[1], -1)
    found = np.matmul(matrix, flat, out=scratch(slot + 2, (36, flat.shape[1]), tiles.dtype))
    return found.reshape(36, channels, -1)


def _scratch_of(rows: int, products: np.ndarray, slot: int) -> np.ndarray:
    return scratch(slot, (rows, products[0].size), products.dtype)


def _portions(n: int, high: int, wide: int, channels: int) -> Iterator[tuple[slice, slice]]:
    """Some lines of tiles of one image, or some whole images, whose numbers the cache can hold."""
    tiles = max(1, _FEW // (36 * channels))
    lines = max(1, min(high, tiles // wide))
    images = max(1, min(n, tiles // (high * wide)))
    for i in range(0, n, images):
        for j in range(0, high, lines):
            yield slice(i, min(i + images, n)), slice(j, min(j + lines, high))
