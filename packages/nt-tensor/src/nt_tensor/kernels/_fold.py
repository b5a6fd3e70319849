"""The elements under a window at all of its places as columns, and columns added back."""

from __future__ import annotations

from typing import TypeAlias

from nt_tensor.backend import Array, namespace
from nt_tensor.indexing import add_at, set_at
from nt_tensor.kernel import kernel
from nt_tensor.kernels._wide import widened

__all__ = ["fold", "unfold"]

Pair: TypeAlias = tuple[int, int]


def window_taps(
    size: Pair, places: Pair, stride: Pair, dilation: Pair
) -> list[tuple[slice, slice]]:
    """For each element of a window, row by row, the padded image's elements that it comes to."""
    taps = []
    for k in range(size[0]):
        for m in range(size[1]):
            cut = []
            for at, count, step in zip(
                (k * dilation[0], m * dilation[1]), places, stride, strict=True
            ):
                cut.append(slice(at, at + (count - 1) * step + 1, step))
            taps.append((cut[0], cut[1]))
    return taps


@kernel
def unfold(
    x: Array, size: Pair, places: Pair, stride: Pair, padding: Pair, dilation: Pair
) -> Array:
    """Columns (M, kh kw, OH OW) of images `x` (M, H, W), zeros around them."""
    xp = namespace(x)
    (top, left), (h, w) = padding, x.shape[1:]
    if top or left:
        around = xp.zeros((x.shape[0], h + 2 * top, w + 2 * left), dtype=x.dtype)
        x = set_at(around, (slice(None), slice(top, top + h), slice(left, left + w)), x)
    taps = [x[:, rows, columns] for rows, columns in window_taps(size, places, stride, dilation)]
    shape = (x.shape[0], size[0] * size[1], places[0] * places[1])
    return xp.reshape(xp.stack(taps, axis=1), shape)


@kernel
@widened()
def fold(
    columns: Array,
    lengths: Pair,
    size: Pair,
    places: Pair,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
) -> Array:
    """Images (M, H, W) of `lengths` (H, W): columns (M, kh kw, OH OW), added where they overlap."""
    xp = namespace(columns)
    (top, left), (h, w) = padding, lengths
    m = columns.shape[0]
    parts = xp.reshape(columns, (m, size[0] * size[1], *places))
    y = xp.zeros((m, h + 2 * top, w + 2 * left), dtype=columns.dtype)
    for t, (rows, across) in enumerate(window_taps(size, places, stride, dilation)):
        y = add_at(y, (slice(None), rows, across), parts[:, t])
    return y[:, top : top + h, left : left + w]
