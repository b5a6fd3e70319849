"""Matrices with few elements a row, applied to the axes of images: what pools and resizes them.

Averages over windows, linear and cubic interpolation and their ways back all take, for each place
of the result, a few elements of the image times a few numbers, axis by axis. Such a matrix is a
`Band`; its transpose, which is another, is the way back.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, TypeAlias

from nt_tensor.backend import Array, namespace
from nt_tensor.create import asarray
from nt_tensor.device import device_of
from nt_tensor.dtype import dtype_of, int32
from nt_tensor.kernel import kernel
from nt_tensor.kernels._wide import widened

__all__ = ["Band", "Bands", "band_order", "band_sum"]

Row: TypeAlias = Sequence[tuple[int, float]]


class Band:
    """A matrix given by the elements of its rows.

    Attributes:
        rows: for each row, the column and the value of each of its elements, columns ascending.
        length: how many columns there are, which is the length of the axis that it is applied to.

    Example:
        >>> pairs = Band([[(0, 0.5), (1, 0.5)], [(2, 1.0)]], 3)
        >>> pairs.shape, pairs.transposed.rows
        ((2, 3), (((0, 0.5),), ((0, 0.5),), ((1, 1.0),)))
    """

    def __init__(self, rows: Sequence[Row], length: int) -> None:
        self.rows = tuple([tuple(row) for row in rows])
        self.length = length
        self._tables: dict[Any, tuple[Array, Array]] = {}

    @property
    def shape(self) -> tuple[int, int]:
        """The lengths of an axis after it and before it."""
        return len(self.rows), self.length

    @cached_property
    def empty(self) -> tuple[int, ...]:
        """The rows without elements: zeros, whatever stands in the image."""
        return tuple([o for o, row in enumerate(self.rows) if not row])

    @cached_property
    def without_empty(self) -> Band:
        """The rows that have elements."""
        return Band([row for row in self.rows if row], self.length)

    @cached_property
    def transposed(self) -> Band:
        """The way back."""
        columns: list[list[tuple[int, float]]] = [[] for _ in range(self.length)]
        for o, row in enumerate(self.rows):
            for i, value in row:
                columns[i].append((o, value))
        back = Band(columns, len(self.rows))
        back.__dict__["transposed"] = self
        return back

    def tables(self, like: Array) -> tuple[Array, Array]:
        """Columns and values as arrays (elements a row, rows), beside `like` and of its dtype."""
        place, dtype = device_of(like), dtype_of(like)
        if (place, dtype) not in self._tables:
            width = max([len(row) for row in self.rows], default=0)
            filled = [_filled(row, width) for row in self.rows]
            found = []
            for part, kind in ((0, int32), (1, dtype)):
                flat = [row[t][part] for t in range(width) for row in filled]
                array = asarray(flat, kind, place)
                found.append(namespace(array).reshape(array, (width, len(self.rows))))
            self._tables[place, dtype] = found[0], found[1]
        return self._tables[place, dtype]


Bands: TypeAlias = Sequence[Band | None]


@kernel
@widened()
def band_sum(x: Array, bands: Bands) -> Array:
    """Apply a matrix to each axis of `x` (M, …) but the first; None leaves an axis as it is."""
    xp = namespace(x)
    for axis, band in band_order(bands):
        index, weight = band.tables(x)
        along = [1] * x.ndim
        along[axis] = -1
        shape = list(x.shape)
        shape[axis] = len(band.rows)
        y = xp.zeros(tuple(shape), dtype=x.dtype)
        for t in range(index.shape[0]):
            y = y + xp.take(x, index[t], axis=axis) * xp.reshape(weight[t], tuple(along))
        if band.empty and index.shape[0]:
            there = asarray([bool(row) for row in band.rows], device=device_of(x))
            y = xp.where(xp.reshape(there, tuple(along)), y, xp.zeros_like(y))
        x = y
    return x


def band_order(bands: Bands) -> list[tuple[int, Band]]:
    """The axes with their matrices, the one that shrinks most first: less is left to the others.

    Of equals the leading one comes first if it shrinks, for there whole lines are added, and last
    if it grows.
    """
    pairs = [(axis, band) for axis, band in enumerate(bands, 1) if band is not None]

    def growth(pair: tuple[int, Band]) -> tuple[float, int]:
        axis, band = pair
        ratio = len(band.rows) / max(band.length, 1)
        return ratio, axis if ratio <= 1 else -axis

    return sorted(pairs, key=growth)


def _filled(row: Row, width: int) -> Row:
    """The row with its last element taken apart into halves, exactly, until it has that width.

    Zeros would do the same, were it not for infinities, which they turn to NaN.
    """
    parts = list(row) or [(0, 0.0)] * width
    while len(parts) < width:
        column, value = parts.pop()
        parts += [(column, value / 2), (column, value / 2)]
    return parts
