"""Convolution of images on NumPy, a product for each row of the kernel.

What a row of the kernel sees is the same for all its rows, but for a shift by lines: images are
laid out once for each *column* of the kernel (kw copies instead of kh kw), and the columns of a
row, (kw C, places), are a view of that. The products of the rows are added up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from nt_tensor.kernels._convolution import Padding, Sizes
from nt_tensor.memory import scratch

__all__ = ["DEEP", "rows", "rows_gain", "rows_input", "rows_weight"]

_FEW, _MOST = 1 << 19, 1 << 20  # elements laid out at once: of several images, of one
DEEP = 32  # depth of a product from which it is fast

Geometry: TypeAlias = tuple[Sizes, Padding, Sizes]


def rows_gain(
    x: np.ndarray, y: np.ndarray, kernel: Sizes, stride: Sizes, groups: int, least: int = DEEP
) -> bool:
    """Whether products of rows pay: they are deep enough, and the rows see the same lines."""
    if groups > 1 or x.ndim != 4 or x.dtype != y.dtype or not x.size * y.size:
        return False
    return kernel[1] * x.shape[1] >= least and kernel[0] > stride[0]


@np.errstate(over="ignore", invalid="ignore")
def rows(x: np.ndarray, weight: np.ndarray, y: np.ndarray, geometry: Geometry) -> None:
    """Write y (N, O, OH, OW), the convolution of x (N, C, H, W) with `weight` (O, C, kh, kw)."""
    o, c = weight.shape[:2]
    kernel = weight.shape[2:]
    across = np.ascontiguousarray(weight.transpose(2, 0, 3, 1)).reshape(kernel[0], o, -1)
    for images, lines in _portions(y.shape, c, kernel, geometry):
        part = y[images, :, lines]
        few = (len(part), o, part.shape[2] * part.shape[3])
        views = _laid(x[images], kernel, lines, part.shape[3], geometry)
        whole = lines.stop - lines.start == y.shape[2]
        goal = part.reshape(few) if whole else scratch(2, few, x.dtype)
        np.matmul(across[0], views[0], out=goal)
        for row, view in zip(across[1:], views[1:], strict=True):
            np.add(goal, np.matmul(row, view, out=scratch(1, few, x.dtype)), out=goal)
        if not whole:
            part[...] = goal.reshape(part.shape)


@np.errstate(over="ignore", invalid="ignore")
def rows_weight(g: np.ndarray, x: np.ndarray, kernel: Sizes, geometry: Geometry) -> np.ndarray:
    """The gradient of the weight (O, C, *kernel)."""
    o, c = g.shape[1], x.shape[1]
    gw = np.zeros((kernel[0], o, kernel[1] * c), g.dtype)
    for images, lines in _portions(g.shape, c, kernel, geometry):
        part = g[images, :, lines]
        part = part.reshape(len(part), o, -1)
        views = _laid(x[images], kernel, lines, g.shape[3], geometry)
        for row, view in zip(gw, views, strict=True):
            row += np.matmul(part, view.swapaxes(1, 2)).sum(axis=0)
    return np.ascontiguousarray(gw.reshape(kernel[0], o, kernel[1], c).transpose(1, 3, 0, 2))


@np.errstate(over="ignore", invalid="ignore")
def rows_input(g: np.ndarray, weight: np.ndarray, size: Sizes, geometry: Geometry) -> np.ndarray:
    """The gradient of x (N, C, *size): products of rows, added up where they came from."""
    o, c = weight.shape[:2]
    kernel = weight.shape[2:]
    (step, _), _, (gap, _) = geometry
    gx = np.zeros((len(g), c, *size), g.dtype)
    back = np.ascontiguousarray(weight.transpose(2, 3, 1, 0)).reshape(kernel[0], -1, o)
    for images, lines in _portions(g.shape, c, kernel, geometry):
        part = g[images, :, lines]
        few, count, wide = len(part), part.shape[2], part.shape[3]
        part = part.reshape(few, o, count * wide)
        laid = _space(few, c, kernel, count, wide, geometry, g.dtype)
        flat = laid.reshape(few, kernel[1] * c, step, -1)
        begun: set[int] = set()
        for k, row in enumerate(back):
            down, phase = divmod(k * gap, step)
            goal = flat[:, :, phase, down * wide : (down + count) * wide]
            if phase in begun:
                goal += np.matmul(row, part, out=scratch(1, goal.shape, g.dtype))
                continue
            begun.add(phase)
            np.matmul(row, part, out=goal)
            flat[:, :, phase, : down * wide] = flat[:, :, phase, (down + count) * wide :] = 0.0
        for inside, outside in _shifts(gx[images], laid, kernel, lines.start, geometry):
            inside += outside
    return gx


def _laid(
    x: np.ndarray, kernel: Sizes, lines: slice, wide: int, geometry: Geometry
) -> list[np.ndarray]:
    """What the rows of the kernel see for `lines` of places, each (N, kw C, places)."""
    n, c = x.shape[:2]
    (step, _), _, (gap, _) = geometry
    count = lines.stop - lines.start
    laid = _space(n, c, kernel, count, wide, geometry, x.dtype)
    laid[...] = 0.0
    for inside, outside in _shifts(x, laid, kernel, lines.start, geometry):
        outside[...] = inside
    flat = laid.reshape(n, kernel[1] * c, step, -1)
    shifts = [divmod(k * gap, step) for k in range(kernel[0])]
    return [flat[:, :, p, down * wide : (down + count) * wide] for down, p in shifts]


def _space(
    n: int, c: int, kernel: Sizes, count: int, wide: int, geometry: Geometry, dtype: np.dtype
) -> np.ndarray:
    """Room for images once a column of the kernel: (N, kw, C, line % stride, line, place)."""
    (step, _), _, (gap, _) = geometry
    return scratch(0, (n, kernel[1], c, step, count + (kernel[0] - 1) * gap // step, wide), dtype)


def _shifts(
    x: np.ndarray, laid: np.ndarray, kernel: Sizes, start: int, geometry: Geometry
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The parts of images, and where they lie in the room for lines of places from `start` on."""
    (down, right), ((top, _), (left, _)), (gap, far) = geometry
    top -= start * down
    for phase in sorted({k * gap % down for k in range(kernel[0])}):
        here, there = _overlap(phase - top, down, x.shape[2], laid.shape[4])
        for k in range(kernel[1]):
            near, away = _overlap(k * far - left, right, x.shape[3], laid.shape[5])
            yield x[:, :, here, near], laid[:, k, :, phase, there, away]


def _overlap(first: int, step: int, length: int, count: int) -> tuple[slice, slice]:
    """Of `count` places, i at first + i step, those inside of `length`: where they are, and i."""
    a = max(0, -(first // step))
    b = max(a, min(count, (length - 1 - first) // step + 1))
    if a == b:
        return slice(0, 0), slice(0, 0)
    return slice(first + a * step, first + (b - 1) * step + 1, step), slice(a, b)


def _portions(
    places: Sizes, c: int, kernel: Sizes, geometry: Geometry
) -> Iterator[tuple[slice, slice]]:
    """Several whole images at once, or several lines of one."""
    n, _, high, wide = places
    line = c * kernel[1] * geometry[0][0] * wide
    images = max(1, _FEW // max(1, line * high))
    lines = high if line * high <= _MOST else max(1, _MOST // line)
    for i in range(0, n, images):
        for j in range(0, high, lines):
            yield slice(i, min(i + images, n)), slice(j, min(j + lines, high))
