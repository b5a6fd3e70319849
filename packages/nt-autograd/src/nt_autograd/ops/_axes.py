"""Axes as PyTorch names them: `dim` as an integer, several, or None for all."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TypeAlias

__all__ = ["Dim", "axes_of", "axis_of", "kept_shape", "length_of"]

Dim: TypeAlias = int | Sequence[int] | None


def axis_of(dim: int, ndim: int) -> int:
    """One axis counted from the front; negative ones count from the back.

    A tensor without axes answers to 0 and -1, as if it had one.
    """
    count = max(ndim, 1)
    if not -count <= dim < count:
        raise IndexError(
            f"dim ({dim}) is not an axis of {ndim} dimensions: from {-count} to {count - 1}"
        )
    return dim + count if dim < 0 else dim


def axes_of(dim: Dim, ndim: int) -> tuple[int, ...]:
    """The axes that `dim` means, counted from the front, in ascending order."""
    if dim is None:
        return tuple(range(ndim))
    if isinstance(dim, int):
        return (axis_of(dim, ndim),)[:ndim]
    axes = tuple(sorted([axis_of(each, ndim) for each in dim]))
    if len(set(axes)) < len(axes):
        raise ValueError(f"dim {tuple(dim)} names an axis twice")
    return axes[:ndim]


def kept_shape(shape: Sequence[int], dim: Dim) -> tuple[int, ...]:
    """`shape` with the axes of `dim` at length 1: what a reduction leaves with `keepdim`."""
    axes = axes_of(dim, len(shape))
    return tuple([1 if i in axes else n for i, n in enumerate(shape)])


def length_of(shape: Sequence[int], dim: Dim) -> int:
    """How many elements go into one element of the reduction over `dim`."""
    return prod([shape[axis] for axis in axes_of(dim, len(shape))])
