"""Convolution by 3 x 3 in Winograd's form on NumPy: 36 products, the transforms as sums of slabs.

Images lie channels-last in here, tile by tile, and their lines and columns are split by the
remainder of four: so a tap of all tiles is one slab, and a step of a transform a sum of long rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nt_tensor.kernels._convolution import Padding
from nt_tensor.kernels._winograd import WEIGHT
from nt_tensor.memory import scratch

__all__ = ["winograd", "winograd_weight"]

_FEW, _LEAST = 1 << 19, 128  # transformed elements at once, but no fewer tiles than these
_TURN = 1 << 13  # elements turned channels-first at once: what the first-level cache can hold
_BLOCK = 64  # outputs whose weights are transformed at once
_F = np.dtype(np.float32)
_TAPS = np.array([[float(number) for number in row] for row in WEIGHT])
_WEIGHT = np.kron(_TAPS, _TAPS).astype(np.float32)
_TURNED = np.ascontiguousarray(_WEIGHT[:, ::-1])
_TWO, _FOUR = np.float32(2), np.float32(4)

Slabs = Sequence[np.ndarray]


@np.errstate(over="ignore", invalid="ignore")
def winograd(
    x: np.ndarray, weight: np.ndarray, top: int, left: int, y: np.ndarray, *, back: bool
) -> None:
    """Write y (N, O, OH, OW), whose element (0, 0) sees x (N, C, H, W) from (-top, -left) on.

    `weight` is (O, C, 3, 3), or with `back` (C, O, 3, 3), whose taps are then turned around.
    """
    n, o, oh, ow = y.shape
    c = x.shape[1]
    high, wide = -(-oh // 4), -(-ow // 4)
    portions = list(_portions(n, high, wide, max(c, o)))
    blocks = [slice(i, min(i + _BLOCK, o)) for i in range(0, o, _BLOCK)]
    # Needed once, the weights are transformed block by block, in the cache.
    kept = [] if len(portions) == 1 else [_panels(weight, some, back) for some in blocks]
    for images, lines in portions:
        inner = _of_input(x[images], lines, wide, top, left)
        products = scratch(5, (36, inner.shape[1], o), _F)
        for i, some in enumerate(blocks):
            panels = kept[i] if kept else _panels(weight, some, back)
            np.matmul(inner, panels, out=products[:, :, some])
        _to_output(products, y[images], lines, wide)


@np.errstate(over="ignore", invalid="ignore")
def winograd_weight(g: np.ndarray, x: np.ndarray, padding: Padding) -> np.ndarray:
    """The gradient of the weight (O, C, 3, 3)."""
    n, o, oh, ow = g.shape
    c = x.shape[1]
    high, wide = -(-oh // 4), -(-ow // 4)
    portions = list(_portions(n, high, wide, max(c, o)))
    blocks = [slice(i, min(i + _BLOCK, o)) for i in range(0, o, _BLOCK)]
    several = blocks if len(portions) > 1 else []
    sums = [np.zeros((36, some.stop - some.start, c), _F) for some in several]
    gw = np.empty((o, c, 3, 3), _F)
    for images, lines in portions:
        inner = _of_input(x[images], lines, wide, padding[0][0], padding[1][0])
        outer = _of_gradient(g[images], lines, wide)
        last = lines.stop == high and images.stop == n
        for i, some in enumerate(blocks):
            panels = scratch(5, (36, some.stop - some.start, c), _F)
            np.matmul(outer[:, :, some].swapaxes(1, 2), inner, out=panels)
            if sums:
                panels = np.add(sums[i], panels, out=sums[i])
            if last:
                goal = gw[some].reshape(-1, 9)
                np.matmul(panels.reshape(36, -1).T, _WEIGHT, out=goal)
    return gw


def _panels(weight: np.ndarray, some: slice, back: bool) -> np.ndarray:
    """Some outputs' weights in Winograd's form (36, C, some)."""
    part = weight[:, some] if back else weight[some]
    rows = np.ascontiguousarray(part).reshape(-1, 9)
    panels: np.ndarray = np.matmul(_TURNED if back else _WEIGHT, rows.T)
    panels = panels.reshape(36, *part.shape[:2])
    return panels if back else panels.swapaxes(1, 2)


def _phases(
    x: np.ndarray, top: int, left: int, high: int, wide: int, slots: tuple[int, int]
) -> np.ndarray:
    """Images from (-top, -left) on, zeros around, as (4, 4, high, wide, N, C): [i % 4, j % 4]."""
    n, c = x.shape[:2]
    last = scratch(slots[0], (n, 4 * high, 4 * wide, c), _F)
    y0, x0 = max(0, top), max(0, left)
    inner = x[:, :, max(0, -top) : max(0, 4 * high - top), max(0, -left) : max(0, 4 * wide - left)]
    y1, x1 = min(y0 + inner.shape[2], 4 * high), min(x0 + inner.shape[3], 4 * wide)
    last[:, :y0] = last[:, y1:] = 0.0
    last[:, y0:y1, :x0] = last[:, y0:y1, x1:] = 0.0
    for image, goal in zip(inner, last, strict=True):  # one fits into the cache
        goal[y0:y1, x0:x1] = image[:, : y1 - y0, : x1 - x0].transpose(1, 2, 0)
    phases = scratch(slots[1], (4, 4, high, wide, n, c), _F)
    parts = last.reshape(n, high, 4, wide, 4, c)
    for p in range(4):
        for q in range(4):
            np.copyto(phases[p, q], parts[:, :, p, :, q].transpose(1, 2, 0, 3))
    return phases


def _of_input(x: np.ndarray, lines: slice, wide: int, top: int, left: int) -> np.ndarray:
    """Tiles of 6 x 6 in Winograd's form (36, tiles, C), B^T x B."""
    n, c = x.shape[:2]
    high = lines.stop - lines.start
    phases = _phases(x, top - 4 * lines.start, left, high + 1, wide + 1, (0, 1))
    half = scratch(2, (6, 4, high, wide + 1, n, c), _F)
    spare = scratch(0, (2, 6, high, wide + 1, n, c), _F)
    taps = [phases[i % 4, :, i // 4 : i // 4 + high] for i in range(6)]
    _input(taps, list(half), *spare[:, :4])
    found = scratch(3, (6, 6, high, wide, n, c), _F)
    taps = [half[:, i % 4, :, i // 4 : i // 4 + wide] for i in range(6)]
    _input(taps, [found[:, i] for i in range(6)], *scratch(0, (2, *found[0].shape), _F))
    return found.reshape(36, high * wide * n, c)


def _of_gradient(g: np.ndarray, lines: slice, wide: int) -> np.ndarray:
    """Tiles of 4 x 4 of the gradient of an output (36, tiles, O), A g A^T."""
    n, o = g.shape[:2]
    high = lines.stop - lines.start
    phases = _phases(g, -4 * lines.start, 0, high, wide, (0, 1))
    half = scratch(2, (6, 4, high, wide, n, o), _F)
    spare = scratch(0, (2, 6, high, wide, n, o), _F)
    _gradient(list(phases), list(half), *spare[:, :4])
    found = scratch(4, (6, 6, high, wide, n, o), _F)
    _gradient(
        [half[:, i] for i in range(4)],
        [found[:, i] for i in range(6)],
        *spare,
    )
    return found.reshape(36, high * wide * n, o)


def _to_output(products: np.ndarray, y: np.ndarray, lines: slice, wide: int) -> None:
    """Products (36, tiles, O) back to lines of images, A^T p A."""
    n, o, oh, ow = y.shape
    high = lines.stop - lines.start
    parts = products.reshape(6, 6, high, wide, n, o)
    half = scratch(1, (4, *parts.shape[1:]), _F)
    spare = scratch(0, (2, *parts.shape[1:]), _F)
    _output(list(parts), list(half), *spare)
    whole = scratch(2, (4, 4, high, wide, n, o), _F)
    _output([half[:, i] for i in range(6)], [whole[:, i] for i in range(4)], *spare[:, :4])
    last = scratch(0, (n, high, 4, wide, 4, o), _F)
    for p in range(4):
        for q in range(4):
            np.copyto(last[:, :, p, :, q], whole[p, q].transpose(2, 0, 1, 3))
    count = min(4 * lines.stop, oh) - 4 * lines.start
    rows = last.reshape(n, 4 * high, 4 * wide, o)[:, :count, :ow]
    step = max(1, _TURN // (o * ow))
    for goal, image in zip(y[:, :, 4 * lines.start :], rows, strict=True):
        for i in range(0, count, step):
            end = min(i + step, count)
            goal[:, i:end] = image[i:end].transpose(2, 0, 1)


def _input(d: Slabs, t: Slabs, a: np.ndarray, b: np.ndarray) -> None:
    """Six slabs t = B^T d, with two spare ones."""
    np.subtract(d[4], np.multiply(d[2], _FOUR, out=a), out=a)
    np.subtract(d[3], np.multiply(d[1], _FOUR, out=b), out=b)
    np.add(a, b, out=t[1])
    np.subtract(a, b, out=t[2])
    np.subtract(d[4], d[2], out=a)
    np.multiply(np.subtract(d[3], d[1], out=b), _TWO, out=b)
    np.add(a, b, out=t[3])
    np.subtract(a, b, out=t[4])
    np.multiply(b, _TWO, out=b)
    np.subtract(np.subtract(d[5], d[3], out=t[5]), b, out=t[5])
    np.multiply(np.subtract(d[0], d[2], out=b), _FOUR, out=b)
    np.add(a, b, out=t[0])


def _output(m: Slabs, y: Slabs, a: np.ndarray, b: np.ndarray) -> None:
    """Four slabs y = A^T m of six, with two spare ones."""
    np.add(m[1], m[2], out=a)
    np.add(m[3], m[4], out=b)
    np.add(np.add(m[0], a, out=y[0]), b, out=y[0])
    np.add(a, np.multiply(b, _FOUR, out=b), out=y[2])
    np.subtract(m[1], m[2], out=a)
    np.multiply(np.subtract(m[3], m[4], out=b), _TWO, out=b)
    np.add(a, b, out=y[1])
    np.multiply(b, _FOUR, out=b)
    np.add(np.add(a, m[5], out=y[3]), b, out=y[3])


def _gradient(g: Slabs, u: Slabs, a: np.ndarray, b: np.ndarray) -> None:
    """Six slabs u = A g of four, with two spare ones."""
    np.copyto(u[0], g[0])
    np.copyto(u[5], g[3])
    np.add(g[0], g[2], out=a)
    np.add(g[1], g[3], out=b)
    np.add(a, b, out=u[1])
    np.subtract(a, b, out=u[2])
    np.add(g[0], np.multiply(g[2], _FOUR, out=a), out=a)
    np.add(g[1], np.multiply(g[3], _FOUR, out=b), out=b)
    np.multiply(b, _TWO, out=b)
    np.add(a, b, out=u[3])
    np.subtract(a, b, out=u[4])


def _portions(n: int, high: int, wide: int, channels: int) -> Iterator[tuple[slice, slice]]:
    """Some lines of tiles of one image, or some whole images, whose numbers the cache can hold."""
    tiles = max(_LEAST, _FEW // (36 * channels))
    lines = max(1, min(high, tiles // wide))
    images = max(1, min(n, tiles // (high * wide)))
    for i in range(0, n, images):
        for j in range(0, high, lines):
            yield slice(i, min(i + images, n)), slice(j, min(j + lines, high))
