"""Weights as panels: PANEL outputs beside each other, all taps and channels below one another."""

from __future__ import annotations

import numpy as np

from nt_tensor.backends.numba._math import fast
from nt_tensor.backends.numba._strips import address, block_turned
from nt_tensor.backends.numba._tiles import PANEL

__all__ = ["SOME", "pack", "unpack"]

SOME = 16  # channels at once when weights are turned


@fast
def pack(weight: np.ndarray, back: bool, panel: np.ndarray, rows: np.ndarray) -> None:
    """Weights (O, C, kh, kw) to panels, or those of the way back, by phase and turned."""
    panels, ph, pw, _, _, channels, _ = panel.shape
    o, c, kh, kw = weight.shape
    taps = kh * kw
    blocks = (channels + SOME - 1) // SOME
    for u in range(panels * blocks):  # in the order in which the weights lie
        p, first = (u % panels, u // panels * SOME) if back else (u // blocks, u % blocks * SOME)
        some = min(SOME, channels - first)
        lanes = min(PANEL, (c if back else o) - p * PANEL)
        source = address(weight)
        if not back:
            source += 4 * (p * PANEL * c + first) * taps
            block_turned(source, c * taps, lanes, some * taps, address(rows), PANEL)
        elif taps == 1:
            for t in range(some):
                row, line = rows[t], weight[first + t, p * PANEL :, 0, 0]
                for lane in range(lanes):
                    row[lane] = line[lane]
        else:
            source += 4 * (first * c + p * PANEL) * taps
            for t in range(some):
                goal = address(rows) + 4 * t * taps * PANEL
                block_turned(source + 4 * t * c * taps, taps, lanes, taps, goal, PANEL)
        for a in range(ph):
            high = (kh - a + ph - 1) // ph
            for b in range(pw):
                wide = (kw - b + pw - 1) // pw
                # A phase with fewer taps is packed densely: what is behind it stays unread.
                part = panel[p, a, b].reshape(-1)
                for i in range(high):
                    k = a + ph * (high - 1 - i) if back else i
                    for j in range(wide):
                        m = b + pw * (wide - 1 - j) if back else j
                        at = ((i * wide + j) * channels + first) * PANEL
                        for t in range(some):
                            taken, packed = rows[t * taps + k * kw + m], part[at + t * PANEL :]
                            for lane in range(PANEL):
                                packed[lane] = taken[lane]


@fast
def unpack(panel: np.ndarray, rows: np.ndarray, gw: np.ndarray) -> None:
    """Panels of the gradient to weights (O, C, kh, kw)."""
    o, c, kh, kw = gw.shape
    taps = kh * kw
    for p in range(panel.shape[0]):
        for first in range(0, c, SOME):
            some = min(SOME, c - first)
            for k in range(kh):
                for m in range(kw):
                    for t in range(some):
                        row = rows[t * taps + k * kw + m]
                        source_row = panel[p, k, m * c + first + t]
                        for lane in range(PANEL):
                            row[lane] = source_row[lane]
            lanes = min(PANEL, o - p * PANEL)
            goal = address(gw) + 4 * (p * PANEL * c + first) * taps
            block_turned(address(rows), PANEL, some * taps, lanes, goal, c * taps)
