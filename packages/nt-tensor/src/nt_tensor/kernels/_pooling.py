"""The largest element in each window of an image, and gradients led back to its place."""

from __future__ import annotations

from collections.abc import Sequence

from nt_tensor.backend import Array, namespace
from nt_tensor.create import asarray
from nt_tensor.device import device_of
from nt_tensor.kernel import kernel
from nt_tensor.kernels._bands import Band
from nt_tensor.kernels._scatter_add import scatter_add

__all__ = ["scatter_planes", "window_max"]


@kernel
def window_max(x: Array, windows: Sequence[Band]) -> tuple[Array, Array]:
    """The largest element of each window of `x` (M, …), and its place in its plane, int32.

    A window is the product of a row of each axis' matrix, of which only the columns count. Of equal
    elements the first one, in row-major order, is taken; a NaN is larger than all, and the last one
    is taken.

    Gives (y, index), both (M, …) with as many places along each axis as there are windows.
    """
    xp = namespace(x)
    y, place, step = x, None, 1
    # The last axis first: then of equals the one in the first line is met first, and stays.
    for axis in range(x.ndim - 1, 0, -1):
        window = windows[axis - 1]
        taps, _ = window.tables(x)
        along = [1] * x.ndim
        along[axis] = -1
        best, at = None, None
        for t in range(taps.shape[0]):
            value = xp.take(y, taps[t], axis=axis)
            here = xp.reshape(taps[t], tuple(along)) * asarray(step, taps.dtype, device_of(x))
            here = here + (
                xp.zeros(value.shape, dtype=taps.dtype)
                if place is None
                else xp.take(place, taps[t], axis=axis)
            )
            if best is None:
                best, at = value, here
            else:
                more = (value > best) | (value != value)
                best, at = xp.where(more, value, best), xp.where(more, here, at)
        y, place, step = best, at, step * x.shape[axis]
    return y, place


@kernel
def scatter_planes(g: Array, index: Array, length: int) -> Array:
    """Add each g[m, i] to place index[m, i] of plane m: (M, n) and (M, n) to (M, length)."""
    xp = namespace(g)
    planes = g.shape[0]
    first = xp.reshape(xp.arange(planes, dtype=xp.int64) * length, (planes, 1))
    places = xp.reshape(xp.astype(index, xp.int64) + first, (-1,))
    sums = scatter_add(xp.reshape(g, (-1,)), places, planes * length)
    return xp.reshape(sums, (planes, length))
