"""Convolution by 3 x 3 in Winograd's form on NumPy: there, and both ways back at once.

Images are turned channels-last, windows cut out of them, and from there on everything is a product:
with small matrices for each transform (`_winograd_transforms`), and of (tiles, C) with (C, O) for
each of the form's 36 elementwise products, which are a quarter of the plain sum. The way back is
the adjoint of every step, so the gradients of image and weight share the transformed gradient, and
the weight's matrices are those of the way there.

It gains from 32 channels on: forward and backward of 32 channels of 16 x 16 take 0.8 of the time of
products of rows (`_rows`), 64 channels of 56 x 56 0.7. With stride 2 the form has 81 products for
144, which the transforms of four times as many pixels eat up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from nt_tensor.backends.numpy._winograd_transforms import (
    FROM_INPUT,
    PARTS,
    TAPS,
    TILE,
    TO_OUTPUT,
    WINDOW,
    transform,
)
from nt_tensor.kernels._convolution import Padding, Sizes
from nt_tensor.kernels._winograd import pays
from nt_tensor.memory import scratch

__all__ = ["gains", "winograd", "winograd_back"]

_FEW, _LEAST = 1 << 18, 128  # transformed elements at once, but no fewer tiles than these
_TURN = 1 << 13  # elements turned channels-first at once: what the first-level cache can hold
_BLOCK = 32  # channels whose weights are transformed at once
_F = np.dtype(np.float32)
_GAINS = (32, 16)  # channels and tiles from which it gains

Geometry: TypeAlias = tuple[Sizes, Sizes, int]


def gains(
    a: np.ndarray, b: np.ndarray, shape: Sizes, places: Sizes, weight: Sizes, geometry: Geometry
) -> bool:
    """Whether a convolution of `shape` to `places`, of arrays a and b, gains by this form."""
    stride, dilation, groups = geometry
    if groups > 1 or a.dtype != _F or b.dtype != _F:
        return False
    return pays(shape, places[1], weight[2:], stride, dilation, places[2:], _GAINS)


@np.errstate(over="ignore", invalid="ignore")
def winograd(x: np.ndarray, weight: np.ndarray, padding: Padding, y: np.ndarray) -> None:
    """Write y (N, O, OH, OW), the convolution of x (N, C, H, W) with `weight` (O, C, 3, 3)."""
    o, c = weight.shape[:2]
    high, wide = _tiles(y)
    portions = list(_portions(len(x), high, wide, max(c, o)))
    # Needed once, the weights are transformed block by block, in the cache.
    blocks = _blocks(o, _BLOCK if len(portions) == 1 else o)
    kept = [] if len(portions) == 1 else [_panels(weight)]
    for images, lines in portions:
        inner = _of_input(x[images], lines, wide, padding)
        products = scratch(2, (PARTS, inner.shape[1], o), _F)
        for i, some in enumerate(blocks):
            panels = kept[i] if kept else _panels(weight[some])
            np.matmul(inner, panels.swapaxes(1, 2), out=products[:, :, some])
        _to_output(products, y[images], lines, wide)


@np.errstate(over="ignore", invalid="ignore")
def winograd_back(
    g: np.ndarray,
    x: np.ndarray | None,
    weight: np.ndarray | None,
    padding: Padding,
    gx: np.ndarray | None,
    gw: np.ndarray | None,
) -> None:
    """Write gx (N, C, H, W), which takes `weight`, and gw (O, C, 3, 3), which takes x; or one."""
    n, o = g.shape[:2]
    high, wide = _tiles(g)
    c = (x if x is not None else gx).shape[1]  # type: ignore[union-attr]
    portions = list(_portions(n, high, wide, max(c, o)))
    several = len(portions) > 1
    blocks = _blocks(c, c if several else _BLOCK)
    kept = [_panels(weight)] if several and weight is not None else []
    sums = [np.zeros((PARTS, o, s.stop - s.start), _F) for s in blocks if several]
    for images, lines in portions:
        outer = _of_gradient(g[images], lines, wide)
        tiles = outer.shape[1]
        if x is not None and gw is not None:
            inner = _of_input(x[images], lines, wide, padding)
            last = lines.stop == high and images.stop == n
            for i, some in enumerate(blocks):
                panels = scratch(0, (PARTS, o, some.stop - some.start), _F)
                np.matmul(outer.swapaxes(1, 2), inner[:, :, some], out=panels)
                if several:
                    panels = np.add(sums[i], panels, out=sums[i])
                if last:
                    taps = panels.reshape(PARTS, -1).T @ TAPS
                    gw[:, some] = taps.reshape(o, -1, 3, 3)
        if weight is not None and gx is not None:
            inner = scratch(4, (PARTS, tiles, c), _F)
            for i, some in enumerate(blocks):
                panels = kept[i] if several else _panels(weight[:, some])
                np.matmul(outer, panels, out=inner[:, :, some])
            _to_input(inner, gx[images], lines, wide, padding)


def _panels(weight: np.ndarray) -> np.ndarray:
    """Weights in Winograd's form (products, O, C)."""
    rows = np.ascontiguousarray(weight).reshape(-1, 9)
    panels: np.ndarray = np.matmul(TAPS, rows.T)
    return panels.reshape(PARTS, *weight.shape[:2])


def _of_input(x: np.ndarray, lines: slice, wide: int, padding: Padding) -> np.ndarray:
    """What the windows of all tiles are in Winograd's form (products, tiles, C)."""
    n, c = x.shape[:2]
    high = lines.stop - lines.start
    last, windows = _room(n, high, wide, c)
    there, here, out, into = _seen(x, lines, last, padding)
    last[:, : there.start] = last[:, there.stop :] = 0.0
    last[:, there, : out.start] = last[:, there, out.stop :] = 0.0
    np.copyto(last[:, there, out], x[:, :, here, into].transpose(0, 2, 3, 1))
    pixels, half = scratch(2, windows.shape, _F), scratch(1, windows.shape, _F)
    np.copyto(pixels, windows)
    found = scratch(4, windows.shape, _F)
    transform(FROM_INPUT, pixels, half, found)
    return found.reshape(PARTS, -1, c)


def _to_input(inner: np.ndarray, gx: np.ndarray, lines: slice, wide: int, padding: Padding) -> None:
    """The adjoint of `_of_input`: to every pixel what all windows give that see it."""
    n, c = gx.shape[:2]
    high = lines.stop - lines.start
    last, windows = _room(n, high, wide, c)
    last[:, TILE * high :] = last[:, : TILE * high, TILE * wide :] = 0.0
    pixels, half = scratch(2, windows.shape, _F), scratch(1, windows.shape, _F)
    transform(FROM_INPUT.T, inner, half, pixels)
    # Beyond the first four, a window's pixels are the next tile's too.
    np.copyto(windows[:TILE, :TILE], pixels[:TILE, :TILE])
    windows[TILE:, :TILE] += pixels[TILE:, :TILE]
    windows[:TILE, TILE:] += pixels[:TILE, TILE:]
    windows[TILE:, TILE:] += pixels[TILE:, TILE:]
    there, here, out, into = _seen(gx, lines, last, padding)
    middle = min(there.stop, max(there.start, WINDOW - TILE if lines.start else 0))
    done = here.start + middle - there.start
    _turn(last[:, middle : there.stop, out], gx[:, :, done : here.stop, into])
    if lines.start:  # the first of these lines hold what the tiles above give
        shared = last[:, there.start : middle, out]
        gx[:, :, here.start : done, into] += shared.transpose(0, 3, 1, 2)


def _of_gradient(g: np.ndarray, lines: slice, wide: int) -> np.ndarray:
    """The gradient of tiles of outputs in Winograd's form (products, tiles, O)."""
    n, o, oh, ow = g.shape
    high = lines.stop - lines.start
    tiles = scratch(2, (TILE, TILE, n, high, wide, o), _F)
    last = scratch(0, (n, TILE * high, TILE * wide, o), _F)
    count = min(TILE * lines.stop, oh) - TILE * lines.start
    last[:, count:] = last[:, :count, ow:] = 0.0
    part = g[:, :, TILE * lines.start : TILE * lines.start + count]
    np.copyto(last[:, :count, :ow], part.transpose(0, 2, 3, 1))
    parts = last.reshape(n, high, TILE, wide, TILE, o)
    np.copyto(tiles, parts.transpose(2, 4, 0, 1, 3, 5))
    found = scratch(3, (PARTS, n * high * wide, o), _F)
    half = scratch(1, (WINDOW, TILE, n, high, wide, o), _F)
    transform(TO_OUTPUT.T, tiles, half, found)
    return found.reshape(PARTS, -1, o)


def _to_output(products: np.ndarray, y: np.ndarray, lines: slice, wide: int) -> None:
    """Products (products, tiles, O) back to lines of images."""
    n, o, oh, ow = y.shape
    high = lines.stop - lines.start
    tiles = scratch(1, (TILE, TILE, n, high, wide, o), _F)
    half = scratch(0, (TILE, WINDOW, n, high, wide, o), _F)
    transform(TO_OUTPUT, products, half, tiles)
    last = scratch(0, (n, high, TILE, wide, TILE, o), _F)
    np.copyto(last, tiles.transpose(2, 3, 0, 4, 1, 5))
    start, stop = TILE * lines.start, min(TILE * lines.stop, oh)
    rows = last.reshape(n, TILE * high, TILE * wide, o)[:, : stop - start, :ow]
    _turn(rows, y[:, :, start:stop])


def _room(n: int, high: int, wide: int, c: int) -> tuple[np.ndarray, np.ndarray]:
    """Room for images channels-last, and its windows (row, column, n, high, wide, c)."""
    edge = WINDOW - TILE
    last = scratch(0, (n, TILE * high + edge, TILE * wide + edge, c), _F)
    image, line, pixel, one = last.strides
    strides = (line, pixel, image, TILE * line, TILE * pixel, one)
    shape = (WINDOW, WINDOW, n, high, wide, c)
    return last, np.ndarray(shape, _F, last, 0, strides)


def _seen(
    x: np.ndarray, lines: slice, last: np.ndarray, padding: Padding
) -> tuple[slice, slice, slice, slice]:
    """Lines and columns of the room that are in the image: where there and here, for each."""
    found: list[slice] = []
    firsts = (TILE * lines.start - padding[0][0], -padding[1][0])
    for first, room, length in zip(firsts, last.shape[1:3], x.shape[2:], strict=True):
        a = min(max(0, -first), room)
        b = max(a, min(room, length - first))
        found += (slice(a, b), slice(first + a, first + b)) if b > a else (slice(0, 0),) * 2
    there, here, out, into = found
    return there, here, out, into


def _turn(rows: np.ndarray, goal: np.ndarray) -> None:
    """Write rows (N, H, W, C) to `goal` (N, C, H, W)."""
    _, h, w, c = rows.shape
    step = max(1, h if c < 128 else _TURN // (c * max(1, w)))  # few channels need no care
    for i in range(0, h, step):
        goal[:, :, i : i + step] = rows[:, i : i + step].transpose(0, 3, 1, 2)


def _tiles(y: np.ndarray) -> tuple[int, int]:
    return -(-y.shape[2] // TILE), -(-y.shape[3] // TILE)


def _blocks(channels: int, step: int) -> list[slice]:
    return [slice(i, min(i + step, channels)) for i in range(0, channels, step)]


def _portions(n: int, high: int, wide: int, channels: int) -> Iterator[tuple[slice, slice]]:
    """Some lines of tiles of one image, or some whole images, whose numbers the cache can hold."""
    tiles = max(_LEAST, _FEW // (PARTS * channels))
    lines = max(1, min(high, tiles // wide))
    images = max(1, min(n, tiles // (high * wide)))
    for i in range(0, n, images):
        for j in range(0, high, lines):
            yield slice(i, min(i + images, n)), slice(j, min(j + lines, high))
