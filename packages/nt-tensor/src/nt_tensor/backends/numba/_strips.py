"""Strips of tiles, and images turned so that the channels lie together."""

from __future__ import annotations

from typing import Any

import numpy as np

from nt_tensor.backends.numba._math import fast
from nt_tensor.backends.numba._tiles import LANES, PANEL, tile
from nt_tensor.backends.numba._turns import turned, turned_part

__all__ = ["address", "block_turned", "channels_last", "strip", "strip_across"]

# The rows of a tile are what the registers hold; 14 and 7 also divide the widths of many images.
MOST, HALF = (14, 7) if LANES == 16 else (6, 3)
MOST_ACROSS = 12 if LANES == 16 else 6  # 12 divides three taps of 16 channels

_most, _most_one = (tile(MOST, v, across=False) for v in (2, 1))
_eight, _eight_one = (tile(8 if LANES == 16 else 4, v, across=False) for v in (2, 1))
_half, _half_one = (tile(HALF, v, across=False) for v in (2, 1))
_two, _two_one = (tile(2, v, across=False) for v in (2, 1))
_single, _single_one = (tile(1, v, across=False) for v in (2, 1))
_across, _across_one = (tile(MOST_ACROSS, v, across=True) for v in (2, 1))
_four_across, _four_across_one = (tile(4, v, across=True) for v in (2, 1))
_single_across, _single_across_one = (tile(1, v, across=True) for v in (2, 1))
EIGHT = 8 if LANES == 16 else 4


@fast
def address(x: Any) -> Any:
    """Where an array begins, as a signed number: Numba makes floats of signed and unsigned ones."""
    return np.intp(x.ctypes.data)


@fast
def strip(
    rows: int,
    lanes: int,
    a: int,
    step: int,
    a_next: int,
    b: int,
    b_next: int,
    c: int,
    c_width: int,
    depth: int,
    segments: int,
    add: int,
) -> None:
    """`tile` for any number of rows, over a panel of weights of which `lanes` columns count."""
    done = 0
    one = lanes <= LANES
    while done < rows:
        left = rows - done
        x, y = a + 4 * done * step, c + 4 * done * c_width
        if left >= MOST and left != 2 * EIGHT:
            if one:
                _most_one(x, step, a_next, b, PANEL, b_next, y, c_width, depth, segments, add)
            else:
                _most(x, step, a_next, b, PANEL, b_next, y, c_width, depth, segments, add)
            done += MOST
        elif left >= EIGHT:
            if one:
                _eight_one(x, step, a_next, b, PANEL, b_next, y, c_width, depth, segments, add)
            else:
                _eight(x, step, a_next, b, PANEL, b_next, y, c_width, depth, segments, add)
            done += EIGHT
        elif left >= HALF:
            if one:
                _half_one(x, step, a_next, b, PANEL, b_next, y, c_width, depth, segments, add)
            else:
                _half(x, step, a_next, b, PANEL, b_next, y, c_width, depth, segments, add)
            done += HALF
        elif left >= 2:
            if one:
                _two_one(x, step, a_next, b, PANEL, b_next, y, c_width, depth, segments, add)
            else:
                _two(x, step, a_next, b, PANEL, b_next, y, c_width, depth, segments, add)
            done += 2
        else:
            if one:
                _single_one(x, step, a_next, b, PANEL, b_next, y, c_width, depth, segments, add)
            else:
                _single(x, step, a_next, b, PANEL, b_next, y, c_width, depth, segments, add)
            done += 1


@fast
def strip_across(
    rows: int,
    lanes: int,
    a: int,
    step: int,
    a_next: int,
    b: int,
    b_next: int,
    c: int,
    depth: int,
    segments: int,
    add: int,
) -> None:
    """`tile(across=True)` for any number of rows, into rows of a panel."""
    done = 0
    one = lanes <= LANES
    while done < rows:
        left = rows - done
        x, y = a + 4 * done, c + 4 * done * PANEL
        if left >= MOST_ACROSS:
            if one:
                _across_one(x, step, a_next, b, PANEL, b_next, y, PANEL, depth, segments, add)
            else:
                _across(x, step, a_next, b, PANEL, b_next, y, PANEL, depth, segments, add)
            done += MOST_ACROSS
        elif left >= 4:
            if one:
                _four_across_one(x, step, a_next, b, PANEL, b_next, y, PANEL, depth, segments, add)
            else:
                _four_across(x, step, a_next, b, PANEL, b_next, y, PANEL, depth, segments, add)
            done += 4
        else:
            if one:
                _single_across_one(
                    x, step, a_next, b, PANEL, b_next, y, PANEL, depth, segments, add
                )
            else:
                _single_across(x, step, a_next, b, PANEL, b_next, y, PANEL, depth, segments, add)
            done += 1


@fast
def block_turned(
    source: int, source_width: int, rows: int, columns: int, target: int, target_width: int
) -> None:
    """target[j, i] = source[i, j] for rows x columns numbers, by address."""
    for i in range(0, rows, LANES):
        height = min(LANES, rows - i)
        for j in range(0, columns, LANES):
            length = min(LANES, columns - j)
            x = source + 4 * (i * source_width + j)
            y = target + 4 * (j * target_width + i)
            if height == LANES and length == LANES:
                turned(x, source_width, y, target_width)
            else:
                turned_part(x, source_width, y, target_width, height, length)


@fast
def channels_last(x: Any, image: int, top: int, left: int, out: Any) -> None:
    """Lines of an image (C, H, W) from `top` and columns from `left` on to (lines, width, C).

    What lies outside of the image is 0.
    """
    channels, height, width = x.shape[1:]
    lines, columns = out.shape[:2]
    before = min(max(-left, 0), columns)
    first = max(left, 0)
    count = max(0, min(width - first, columns - before))
    for line in range(lines):
        row = out[line]
        source = top + line
        if source < 0 or source >= height or count == 0:
            row[:] = np.float32(0.0)
            continue
        row[:before] = np.float32(0.0)
        row[before + count :] = np.float32(0.0)
        start = address(x) + 4 * (((image * channels) * height + source) * width + first)
        goal = address(row) + 4 * before * channels
        block_turned(start, height * width, channels, count, goal, channels)
