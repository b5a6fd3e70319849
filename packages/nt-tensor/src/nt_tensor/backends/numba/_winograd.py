"""Convolution by 3 x 3 in Winograd's form, compiled: a quarter of the products."""

from __future__ import annotations

import numpy as np

from nt_tensor.backends.numba._math import fast
from nt_tensor.backends.numba._panels import pack, unpack
from nt_tensor.backends.numba._strips import (
    address,
    block_turned,
    channels_last,
    strip,
    strip_across,
)
from nt_tensor.backends.numba._tiles import LANES, PANEL
from nt_tensor.backends.numba._transforms import (
    of_gradient,
    of_input,
    of_weight,
    to_output,
    to_weight,
)
from nt_tensor.memory import scratch

__all__ = ["winograd", "winograd_weight"]

_FEW, _MOST = 1 << 21, 112  # transformed elements and tiles at once
_F = np.dtype(np.float32)


# The 36 parts of what is transformed lie LANES elements further apart than they need: at distances
# that are powers of two they would push each other out of the cache.


def winograd(
    x: np.ndarray, weight: np.ndarray, y: np.ndarray, top: int, left: int, *, back: bool
) -> None:
    """Write y (N, O, OH, OW), whose element (0, 0) sees x from (top, left) on."""
    x, weight = np.ascontiguousarray(x), np.ascontiguousarray(weight)
    n, c = x.shape[:2]
    o, oh, ow = y.shape[1:]
    panels = -(-o // PANEL)
    high, wide = -(-oh // 4), -(-ow // 4)
    lines, images = _shares(n, high, wide, c)
    taps = scratch(0, (panels, 1, 1, 3, 3, c, PANEL), _F)
    pack(weight, back, taps, scratch(3, (16 * 9, PANEL), _F))
    panel = scratch(5, (panels, 6, 6, c * PANEL + LANES), _F)
    window = scratch(1, (4 * lines + 2, 4 * wide + 2, c), _F)
    inner = scratch(2, (6, 6, images * lines * wide * c + LANES), _F)
    products = scratch(6, (6, 6, images * lines * wide * PANEL + LANES), _F)
    out = scratch(7, (4 * lines, 4 * wide, PANEL), _F)
    _weights(taps, panel)
    _forward(x, panel, y, top, left, lines, images, window, inner, products, out)


def winograd_weight(g: np.ndarray, x: np.ndarray, top: int, left: int) -> np.ndarray:
    """The gradient of the weight (O, C, 3, 3)."""
    n, o, oh, ow = g.shape
    c = x.shape[1]
    panels = -(-o // PANEL)
    high, wide = -(-oh // 4), -(-ow // 4)
    lines, images = _shares(n, high, wide, c)
    taps = scratch(0, (panels, 3, 3, c, PANEL), _F)
    panel = scratch(5, (panels, 6, 6, c * PANEL + LANES), _F)
    window = scratch(1, (4 * lines + 2, 4 * wide + 2, c), _F)
    inner = scratch(2, (6, 6, images * lines * wide * c + LANES), _F)
    products = scratch(6, (6, 6, images * lines * wide * PANEL + LANES), _F)
    across = scratch(7, (4 * lines, 4 * wide, PANEL), _F)
    _across(g, x, panel, top, left, lines, images, window, inner, products, across)
    gw = np.empty((o, c, 3, 3), np.float32)
    _taps(panel, taps)
    unpack(taps.reshape(panels, 3, 3 * c, PANEL), scratch(3, (16 * 9, PANEL), _F), gw)
    return gw


def _shares(n: int, high: int, wide: int, c: int) -> tuple[int, int]:
    """How many lines of tiles, of how many images, are worked through at once."""
    tiles = max(1, min(_MOST, _FEW // (36 * c)))
    lines = max(1, min(high, tiles // wide))
    return lines, max(1, min(n, tiles // (lines * wide))) if lines == high else 1


@fast
def _weights(taps: np.ndarray, panel: np.ndarray) -> None:
    """Panels of taps to panels in Winograd's form."""
    near, far = taps.shape[5] * PANEL, panel.shape[3]
    for p in range(len(panel)):
        source, goal = address(taps[p]), address(panel[p])
        for i in range(0, near, LANES):
            of_weight(source + 4 * i, 3 * near, near, goal + 4 * i, 6 * far, far)


@fast
def _taps(panel: np.ndarray, taps: np.ndarray) -> None:
    """The gradient of panels in Winograd's form to that of the taps."""
    near, far = taps.shape[3] * PANEL, panel.shape[3]
    for p in range(len(panel)):
        source, goal = address(panel[p]), address(taps[p])
        for i in range(0, near, LANES):
            to_weight(source + 4 * i, 6 * far, far, goal + 4 * i, 3 * near, near)


@fast
def _inner(
    x: np.ndarray,
    first: int,
    images: int,
    t0: int,
    t1: int,
    top: int,
    left: int,
    window: np.ndarray,
    inner: np.ndarray,
) -> None:
    """Lines of tiles t0 to t1 of some images in Winograd's form (6, 6, tiles, C)."""
    width, c = window.shape[1:]
    wide = (width - 2) // 4
    far = inner.shape[2]
    tile = 0
    for n in range(first, first + images):
        channels_last(x, n, 4 * t0 + top, left, window[: 4 * (t1 - t0) + 2])
        for i in range(t1 - t0):
            for j in range(wide):
                source = address(window) + 16 * (i * width + j) * c
                goal = address(inner) + 4 * tile * c
                for k in range(0, c, LANES):
                    of_input(source + 4 * k, width * c, c, goal + 4 * k, 6 * far, far)
                tile += 1


@fast
def _forward(
    x: np.ndarray,
    panel: np.ndarray,
    y: np.ndarray,
    top: int,
    left: int,
    lines: int,
    images: int,
    window: np.ndarray,
    inner: np.ndarray,
    products: np.ndarray,
    out: np.ndarray,
) -> None:
    n, o, oh, ow = y.shape
    c = x.shape[1]
    high, wide = (oh + 3) // 4, (ow + 3) // 4
    far = products.shape[2]
    for n0 in range(0, n, images):
        n1 = min(n0 + images, n)
        for t0 in range(0, high, lines):
            t1 = min(t0 + lines, high)
            each = (t1 - t0) * wide
            _inner(x, n0, n1 - n0, t0, t1, top, left, window, inner)
            for p in range(len(panel)):
                lanes = min(PANEL, o - p * PANEL)
                for i in range(6):
                    for j in range(6):
                        a, b = address(inner[i, j]), address(panel[p, i, j])
                        goal = address(products[i, j])
                        strip((n1 - n0) * each, lanes, a, c, 0, b, 0, goal, PANEL, c, 1, 0)
                for m in range(n0, n1):
                    for i in range(t1 - t0):
                        for j in range(wide):
                            tile = (m - n0) * each + i * wide + j
                            for k in range(0, lanes, LANES):
                                to_output(
                                    address(products) + 4 * (tile * PANEL + k),
                                    6 * far,
                                    far,
                                    address(out) + 4 * (16 * i * wide * PANEL + 4 * j * PANEL + k),
                                    4 * wide * PANEL,
                                    PANEL,
                                )
                    count = min(4 * t1, oh) - 4 * t0
                    start = address(y) + 4 * (((m * o + p * PANEL) * oh + 4 * t0) * ow)
                    if ow == 4 * wide:
                        block_turned(address(out), PANEL, count * ow, lanes, start, oh * ow)
                    else:
                        for i in range(count):
                            goal = start + 4 * i * ow
                            block_turned(address(out[i]), PANEL, ow, lanes, goal, oh * ow)


@fast
def _across(
    g: np.ndarray,
    x: np.ndarray,
    panel: np.ndarray,
    top: int,
    left: int,
    lines: int,
    images: int,
    window: np.ndarray,
    inner: np.ndarray,
    products: np.ndarray,
    across: np.ndarray,
) -> None:
    n, o, oh, ow = g.shape
    c = x.shape[1]
    high, wide = (oh + 3) // 4, (ow + 3) // 4
    far = products.shape[2]
    add = 0
    across[:] = np.float32(0.0)  # stays so beyond the image
    for n0 in range(0, n, images):
        n1 = min(n0 + images, n)
        for t0 in range(0, high, lines):
            t1 = min(t0 + lines, high)
            each = (t1 - t0) * wide
            _inner(x, n0, n1 - n0, t0, t1, top, left, window, inner)
            count = min(4 * t1, oh) - 4 * t0
            across[count:] = np.float32(0.0)
            for p in range(len(panel)):
                lanes = min(PANEL, o - p * PANEL)
                for m in range(n0, n1):
                    start = address(g) + 4 * (((m * o + p * PANEL) * oh + 4 * t0) * ow)
                    for i in range(count):
                        source, goal = start + 4 * i * ow, address(across[i])
                        block_turned(source, oh * ow, lanes, ow, goal, PANEL)
                    for i in range(t1 - t0):
                        for j in range(wide):
                            tile = (m - n0) * each + i * wide + j
                            for k in range(0, lanes, LANES):
                                of_gradient(
                                    address(across)
                                    + 4 * (16 * i * wide * PANEL + 4 * j * PANEL + k),
                                    4 * wide * PANEL,
                                    PANEL,
                                    address(products) + 4 * (tile * PANEL + k),
                                    6 * far,
                                    far,
                                )
                for i in range(6):
                    for j in range(6):
                        a, b = address(inner[i, j]), address(products[i, j])
                        goal, tiles = address(panel[p, i, j]), (n1 - n0) * each
                        strip_across(c, lanes, a, c, 0, b, 0, goal, tiles, 1, add)
            add = 1
