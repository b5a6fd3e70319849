"""Convolution by tiles in registers over images with the channels last, without columns.

A few lines of images at once are copied so that the channels of a pixel lie together, with the
padding around them. There the elements under a row of the kernel are neighbours, and a tile of
`_tiles.py` multiplies them by a panel of weights as they lie.
"""

from __future__ import annotations

import numpy as np

from nt_tensor.backends.numba._math import fast
from nt_tensor.backends.numba._panels import SOME, pack, unpack
from nt_tensor.backends.numba._strips import (
    address,
    block_turned,
    channels_last,
    strip,
    strip_across,
)
from nt_tensor.backends.numba._tiles import PANEL
from nt_tensor.kernels._convolution import Padding, Sizes
from nt_tensor.memory import scratch

__all__ = ["direct", "direct_weight"]

_FEW = 1 << 16  # elements of images at once
_DEEP = 24  # products added up at a stretch, if a row of taps has no more


def direct(
    x: np.ndarray,
    weight: np.ndarray,
    y: np.ndarray,
    step: Sizes,
    spread: Sizes,
    gaps: Sizes,
    ahead: Sizes,
    before: Sizes,
    back: bool,
) -> None:
    """Write y: element i sees every gap-th of x from (i + before) // spread step + ahead on."""
    x, y = _planar(x), _planar(y)
    kh, kw = (1, *weight.shape[2:])[-2:]
    weight = np.ascontiguousarray(weight).reshape(*weight.shape[:2], kh, kw)
    (sh, sw), (ph, pw) = (1, *step)[-2:], (1, *spread)[-2:]
    (ah, aw), (bh, bw) = (0, *ahead)[-2:], (0, *before)[-2:]
    dh, dw = (1, *gaps)[-2:]
    n, c = x.shape[:2]
    o, oh, ow = y.shape[1:]
    taps_h, taps_w = -(-kh // ph), -(-kw // pw)
    width = ((ow - 1 + bw) // pw - bw // pw) * sw + dw * (taps_w - 1) + 1
    lines = _lines(oh, width * c * sh // ph)
    depth = ((lines - 1 + ph - 1) // ph) * sh + dh * (taps_h - 1) + 1
    images = _images(n, depth * width * c)
    panels = -(-o // PANEL)
    panel = scratch(0, (panels, ph, pw, taps_h, taps_w, c, PANEL), np.dtype(np.float32))
    window = scratch(1, (images, depth, width, c), np.dtype(np.float32))
    out = scratch(2, (lines * ow, PANEL), np.dtype(np.float32))
    rows = scratch(3, (SOME * kh * kw, PANEL), np.dtype(np.float32))
    pack(weight, back, panel, rows)
    _run(x, panel, y, kh, kw, lines, sh, sw, dh, dw, ah, aw, bh, bw, window, out)


def direct_weight(
    g: np.ndarray, x: np.ndarray, size: Sizes, stride: Sizes, padding: Padding, dilation: Sizes
) -> np.ndarray:
    """The gradient of the weight (O, C, *size)."""
    g, x = _planar(g), _planar(x)
    kh, kw = (1, *size)[-2:]
    sh, sw = (1, *stride)[-2:]
    dh, dw = (1, *dilation)[-2:]
    top, left = (0, *(a for a, _ in padding))[-2:]
    o, c = g.shape[1], x.shape[1]
    panels = -(-o // PANEL)
    n, _, oh, ow = g.shape
    width = (ow - 1) * sw + dw * (kw - 1) + 1
    lines = _lines(oh, width * c * sh)
    tall = (lines - 1) * sh + dh * (kh - 1) + 1
    images = _images(n, tall * width * c)
    panel = scratch(0, (panels, kh, kw * c, PANEL), np.dtype(np.float32))
    window = scratch(1, (images, tall, width, c), np.dtype(np.float32))
    across = scratch(2, (images, lines * ow, PANEL), np.dtype(np.float32))
    rows = scratch(3, (SOME * kh * kw, PANEL), np.dtype(np.float32))
    gw = np.empty((o, c, kh, kw), np.float32)
    _weigh(g, x, lines, sh, sw, dh, dw, top, left, panel, window, across, rows, gw)
    return gw.reshape(o, c, *size)


def _planar(x: np.ndarray) -> np.ndarray:
    """Signals as images of one line."""
    x = np.ascontiguousarray(x)
    return x if x.ndim == 4 else x[:, :, None]


def _lines(most: int, width: int) -> int:
    """How many lines of `width` are worked through at once."""
    return max(1, min(most, _FEW // max(1, width)))


def _images(most: int, size: int) -> int:
    return max(1, min(most, _FEW // size))


@fast
def _run(
    x: np.ndarray,
    panel: np.ndarray,
    y: np.ndarray,
    kh: int,
    kw: int,
    lines: int,
    sh: int,
    sw: int,
    dh: int,
    dw: int,
    ah: int,
    aw: int,
    bh: int,
    bw: int,
    window: np.ndarray,
    out: np.ndarray,
) -> None:
    panels, ph, pw, taps_h, taps_w, c, _ = panel.shape
    n, o, oh, ow = y.shape
    width = window.shape[2]
    left = bw // pw * sw + aw
    for n0 in range(0, n, window.shape[0]):
        images = min(window.shape[0], n - n0)
        for i0 in range(0, oh, lines):
            i1 = min(i0 + lines, oh)
            top = (i0 + bh) // ph * sh + ah
            depth = ((i1 - 1 + bh) // ph - (i0 + bh) // ph) * sh + dh * (taps_h - 1) + 1
            for n1 in range(images):
                channels_last(x, n0 + n1, top, left, window[n1, :depth])
            for p in range(panels):
                lanes = min(PANEL, o - p * PANEL)
                for n1 in range(images):
                    for i in range(i0, i1):
                        a = (i + bh) % ph
                        high = (kh - a + ph - 1) // ph
                        line = (i + bh) // ph * sh + ah + dh * (taps_h - high) - top
                        for b in range(pw):
                            wide = (kw - b + pw - 1) // pw
                            j0 = (b - bw) % pw
                            count = (ow - j0 + pw - 1) // pw
                            goal = out[(i - i0) * ow + j0 :]
                            if high <= 0 or wide <= 0:
                                goal[: count * pw : pw] = np.float32(0.0)
                                continue
                            if count <= 0:
                                continue
                            at = (j0 + bw) // pw * sw + aw + dw * (taps_w - wide) - left
                            start = address(window) + 4 * (
                                ((n1 * window.shape[1] + line) * width + at) * c
                            )
                            taps, goal_at = address(panel[p, a, b]), address(goal)
                            # A row of taps is one product, and further rows are its segments; with
                            # gaps between the taps, a tap is a segment. Long sums are added up from
                            # a few shorter ones, of which each loses fewer digits.
                            calls = -(-high * wide * c // _DEEP) if dw == 1 else high
                            some = -(-high // calls) if dw == 1 else 1
                            for k in range(0, high, some):
                                strip(
                                    count,
                                    lanes,
                                    start + 4 * k * dh * width * c,
                                    sw * c,
                                    dh * width * c if dw == 1 else dw * c,
                                    taps + 4 * k * wide * c * PANEL,
                                    wide * c * PANEL if dw == 1 else c * PANEL,
                                    goal_at,
                                    pw * PANEL,
                                    wide * c if dw == 1 else c,
                                    min(some, high - k) if dw == 1 else wide,
                                    k,
                                )
                    block_turned(
                        address(out),
                        PANEL,
                        (i1 - i0) * ow,
                        lanes,
                        address(y) + 4 * (((n0 + n1) * o + p * PANEL) * oh * ow + i0 * ow),
                        oh * ow,
                    )


@fast
def _weigh(
    g: np.ndarray,
    x: np.ndarray,
    lines: int,
    sh: int,
    sw: int,
    dh: int,
    dw: int,
    before: int,
    beside: int,
    panel: np.ndarray,
    window: np.ndarray,
    across: np.ndarray,
    rows: np.ndarray,
    gw: np.ndarray,
) -> None:
    n, o, oh, ow = g.shape
    panels, kh, depth, _ = panel.shape
    c = x.shape[1]
    width = window.shape[2]
    add = 0
    for n0 in range(0, n, window.shape[0]):
        images = min(window.shape[0], n - n0)
        for i0 in range(0, oh, lines):
            i1 = min(i0 + lines, oh)
            for n1 in range(images):
                part = window[n1, : (i1 - i0 - 1) * sh + dh * (kh - 1) + 1]
                channels_last(x, n0 + n1, i0 * sh - before, -beside, part)
            for p in range(panels):
                lanes = min(PANEL, o - p * PANEL)
                for n1 in range(images):
                    start = ((n0 + n1) * o + p * PANEL) * oh * ow + i0 * ow
                    block_turned(
                        address(g) + 4 * start,
                        oh * ow,
                        lanes,
                        (i1 - i0) * ow,
                        address(across[n1]),
                        PANEL,
                    )
                calls = 1 if dw == 1 else gw.shape[3]  # taps without gaps are rows of one product
                for k in range(kh):
                    for m in range(calls):
                        for n1 in range(images):
                            strip_across(
                                depth // calls,
                                lanes,
                                address(window[n1, dh * k, dw * m]),
                                sw * c,
                                sh * width * c,
                                address(across[n1]),
                                ow * PANEL,
                                address(panel[p, k, m * c]),
                                ow,
                                i1 - i0,
                                add + n1,
                            )
            add = 1
    unpack(panel, rows, gw)
