"""The bilinear form behind every convolution, solved for the output, the image and the weight.

Each of the three is the gradient of the others, so together they have derivatives of every order.
"""

from __future__ import annotations

from math import prod
from typing import Any

from nt_tensor import kernels

from ...primitive import primitive
from .._floating import check_floating
from .._sum import sum
from ._geometry import Geometry

__all__ = ["convolution", "convolution_backward", "convolution_input", "convolution_weight"]


@primitive(promotes=True)
def convolution(x: Any, weight: Any, bias: Any, /, geometry: Geometry) -> Any:
    """The sum over the window at every place."""
    check_floating("input", x)
    return kernels.convolution(x, weight, bias, *geometry)


@convolution.cost
def _(y_shape: tuple[int, ...], weight_shape: tuple[int, ...], bias_shape: Any) -> int:
    return prod(y_shape) * (2 * prod(weight_shape[1:]) + (bias_shape is not None))


@convolution.backward
def _(g: Any, x: Any, weight: Any, geometry: Geometry, needs: tuple[bool, bool, bool]) -> Any:
    gx = gw = None
    if needs[0] and needs[1]:
        gx, gw = convolution_backward(g, x, weight, geometry)
    elif needs[0]:
        gx = convolution_input(g, weight, tuple(x.shape[2:]), geometry)
    elif needs[1]:
        gw = convolution_weight(g, x, tuple(weight.shape[2:]), geometry)
    return gx, gw, sum(g, (0, *range(2, g.ndim))) if needs[2] else None


@primitive(outputs=True, promotes=True)
def convolution_backward(g: Any, x: Any, weight: Any, /, geometry: Geometry) -> Any:
    """The gradients of x and of the weight at once: both begin by laying out g."""
    return kernels.convolution_backward(g, x, weight, *geometry)


@convolution_backward.cost
def _(g_shape: tuple[int, ...], weight_shape: tuple[int, ...]) -> int:
    return 4 * prod(g_shape) * prod(weight_shape[1:])


@convolution_backward.backward
def _(
    h: Any, g: Any, x: Any, weight: Any, geometry: Geometry, needs: tuple[bool, bool, bool]
) -> Any:
    of_x, of_weight = h
    gg = None
    if needs[0]:
        gg = convolution(of_x, weight, None, geometry) + convolution(x, of_weight, None, geometry)
    return (
        gg,
        convolution_input(g, of_weight, tuple(x.shape[2:]), geometry) if needs[1] else None,
        convolution_weight(g, of_x, tuple(weight.shape[2:]), geometry) if needs[2] else None,
    )


@primitive(promotes=True)
def convolution_input(g: Any, weight: Any, /, size: tuple[int, ...], geometry: Geometry) -> Any:
    """What `convolution` asks for x: the form solved for the image, of `size`."""
    check_floating("input", g)
    return kernels.convolution_input(g, weight, size, *geometry)


@convolution_input.cost
def _(g_shape: tuple[int, ...], weight_shape: tuple[int, ...]) -> int:
    return 2 * prod(g_shape) * prod(weight_shape[1:])


@convolution_input.backward
def _(h: Any, g: Any, weight: Any, geometry: Geometry, needs: tuple[bool, bool]) -> Any:
    return (
        convolution(h, weight, None, geometry) if needs[0] else None,
        convolution_weight(g, h, tuple(weight.shape[2:]), geometry) if needs[1] else None,
    )


@primitive
def convolution_weight(g: Any, x: Any, /, size: tuple[int, ...], geometry: Geometry) -> Any:
    """What `convolution` asks for the weight: the form solved for the kernel, of `size`."""
    return kernels.convolution_weight(g, x, size, *geometry)


@convolution_weight.cost
def _(g_shape: tuple[int, ...], y_shape: tuple[int, ...]) -> int:
    return 2 * prod(g_shape) * prod(y_shape[1:])


@convolution_weight.backward
def _(h: Any, g: Any, x: Any, geometry: Geometry, needs: tuple[bool, bool]) -> Any:
    return (
        convolution(x, h, None, geometry) if needs[0] else None,
        convolution_input(g, h, tuple(x.shape[2:]), geometry) if needs[1] else None,
    )
