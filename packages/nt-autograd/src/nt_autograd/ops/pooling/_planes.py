"""Elements of image planes by their number, there and back: what leads gradients to maxima."""

from __future__ import annotations

from math import prod
from typing import Any

from nt_tensor import kernels, namespace

from ...cost import moved
from ...primitive import primitive

__all__ = ["scatter_planes", "take_planes"]


@primitive
def scatter_planes(g: Any, index: Any, /, lengths: tuple[int, ...]) -> Any:
    """Zeros (…, *lengths) with each element of `g` added where `index` says in its plane."""
    xp, count = namespace(g), len(lengths)
    lead = tuple(g.shape[: g.ndim - count])
    flat = (prod(lead), prod(g.shape[g.ndim - count :]))
    y = kernels.scatter_planes(xp.reshape(g, flat), xp.reshape(index, flat), prod(lengths))
    return xp.reshape(y, (*lead, *lengths))


@scatter_planes.backward
def _(h: Any, index: Any, lengths: tuple[int, ...]) -> Any:
    return take_planes(h, index, len(lengths)), None


@scatter_planes.cost
def _(g_shape: tuple[int, ...]) -> int:
    return prod(g_shape)


@primitive
def take_planes(x: Any, index: Any, /, count: int) -> Any:
    """The elements of planes (…, `count` axes) that `index` names."""
    xp = namespace(x)
    lead = prod(x.shape[: x.ndim - count])
    flat = xp.reshape(x, (lead, prod(x.shape[x.ndim - count :])))
    places = xp.reshape(index, (lead, prod(index.shape[x.ndim - count :])))
    return xp.reshape(xp.take_along_axis(flat, places, axis=1), index.shape)


@take_planes.backward
def _(g: Any, index: Any, x_shape: tuple[int, ...], count: int) -> Any:
    return scatter_planes(g, index, x_shape[len(x_shape) - count :]), None


take_planes.cost(moved)
