"""Matrices with few elements a row along the axes of images: averages and interpolations."""

from __future__ import annotations

from math import prod
from typing import Any, TypeAlias

from nt_tensor import kernels, namespace
from nt_tensor.kernels import Band

from ..primitive import primitive
from ._floating import check_floating

__all__ = ["Bands", "apply_bands"]

Bands: TypeAlias = tuple[Band | None, ...]


@primitive
def apply_bands(input: Any, /, bands: Bands) -> Any:
    """Apply a matrix to each of the last axes; None leaves an axis as it is."""
    check_floating("input", input)
    xp, count = namespace(input), len(bands)
    lead, lengths = tuple(input.shape[:-count]), tuple(input.shape[-count:])
    y = kernels.band_sum(xp.reshape(input, (prod(lead), *lengths)), bands)
    return xp.reshape(y, (*lead, *y.shape[1:]))


@apply_bands.backward
def _(g: Any, bands: Bands) -> Any:
    return apply_bands(g, tuple([band and band.transposed for band in bands]))


@apply_bands.cost
def _(input_shape: tuple[int, ...], bands: Bands) -> int:
    sizes, flops = list(input_shape), 0
    for axis, band in enumerate(bands, len(sizes) - len(bands)):
        if band is not None:
            sizes[axis] = 1
            flops += 2 * prod(sizes) * sum(map(len, band.rows))
            sizes[axis] = len(band.rows)
    return flops
