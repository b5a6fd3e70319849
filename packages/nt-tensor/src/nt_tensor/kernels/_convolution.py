r"""Convolution over one, two or three axes of space, and its two ways back.

The three are one bilinear form, $\langle g, x * w \rangle$, solved for each of its arguments.
Images are (N, C, *size), and the geometry has an entry an axis of `size`: `stride`, `padding`
(before, behind) and `dilation`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import TypeAlias

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel
from nt_tensor.kernels._wide import widened

__all__ = [
    "Padding",
    "Sizes",
    "convolution",
    "convolution_backward",
    "convolution_input",
    "convolution_weight",
    "places",
    "turn",
]

Sizes: TypeAlias = tuple[int, ...]
Padding: TypeAlias = tuple[tuple[int, int], ...]

_FEW = 1 << 26  # elements of columns at once: a quarter of a gigabyte in float32


def places(size: Sizes, kernel: Sizes, stride: Sizes, padding: Padding, dilation: Sizes) -> Sizes:
    """The number of places for a kernel along each axis: (L + p - d (k - 1) - 1) // s + 1."""
    return tuple(
        (length + sum(edge) - gap * (k - 1) - 1) // step + 1
        for length, k, step, edge, gap in zip(size, kernel, stride, padding, dilation, strict=True)
    )


@kernel
@widened()
def convolution(
    x: Array,
    weight: Array,
    bias: Array | None,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    groups: int,
) -> Array:
    """y[n, o, i] = b[o] + sum of w[o, c, k] x[n, c, i s + k d - p] over c and k.

    `x` (N, C, *size), `weight` (O, C / groups, *kernel), `bias` (O,) or None; (N, O, *places).
    """
    xp = namespace(x)
    n, o = x.shape[0], weight.shape[0]
    size = places(x.shape[2:], weight.shape[2:], stride, padding, dilation)
    depth = prod(weight.shape[1:])
    rows = xp.reshape(weight, (1, groups, o // groups, depth))
    parts = []
    for some in _portions(n, groups * depth * prod(size)):
        columns = _columns(x[some], weight.shape[2:], stride, padding, dilation, groups)
        parts.append(xp.reshape(xp.matmul(rows, columns), (columns.shape[0], o, *size)))
    y = xp.concat(parts, axis=0) if len(parts) > 1 else parts[0]
    return y if bias is None else y + xp.reshape(bias, (o, *(1 for _ in size)))


@kernel
@widened()
def convolution_weight(
    g: Array,
    x: Array,
    size: Sizes,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    groups: int,
) -> Array:
    """The gradient of the weight (O, C / groups, *size), from that of y."""
    xp = namespace(g)
    n, o = g.shape[:2]
    shape = (groups, o // groups, x.shape[1] // groups * prod(size))
    gw = xp.zeros(shape, dtype=g.dtype)
    for some in _portions(n, groups * shape[2] * prod(g.shape[2:])):
        columns = _columns(x[some], size, stride, padding, dilation, groups)
        rows = xp.reshape(g[some], (columns.shape[0], *shape[:2], columns.shape[3]))
        gw = gw + xp.sum(xp.matmul(rows, xp.matrix_transpose(columns)), axis=0)
    return xp.reshape(gw, (o, x.shape[1] // groups, *size))


@kernel
@widened()
def convolution_input(
    g: Array,
    weight: Array,
    size: Sizes,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    groups: int,
) -> Array:
    """The gradient of x (N, C, *size), from that of y; what is called a transposed convolution.

    A convolution again: of `g`, with zeros between its elements where the stride was, with the
    weight turned around.
    """
    for axis, step in enumerate(stride):
        g = _spaced(g, axis + 2, step)
    turned, edges = turn(weight, size, g.shape[2:], padding, dilation, groups)
    one = tuple(1 for _ in size)
    return convolution.reference(g, turned, None, one, edges, dilation, groups)


@kernel
def convolution_backward(
    g: Array,
    x: Array,
    weight: Array,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    groups: int,
) -> tuple[Array, Array]:
    """The gradients of x and of the weight, from that of y, which some bodies transform once."""
    geometry = (stride, padding, dilation, groups)
    gx = convolution_input(g, weight, tuple(x.shape[2:]), *geometry)
    return gx, convolution_weight(g, x, tuple(weight.shape[2:]), *geometry)


def turn(
    weight: Array, size: Sizes, places: Sizes, padding: Padding, dilation: Sizes, groups: int
) -> tuple[Array, Padding]:
    """The weight and the padding whose convolution of `places` goes back to an image of `size`."""
    xp = namespace(weight)
    o, c, *kernel = weight.shape
    turned = xp.flip(weight, axis=tuple(range(2, weight.ndim)))
    turned = xp.reshape(turned, (groups, o // groups, c, *kernel))
    turned = xp.permute_dims(turned, (0, 2, 1, *range(3, turned.ndim)))
    turned = xp.reshape(turned, (groups * c, o // groups, *kernel))
    reach = [gap * (k - 1) for k, gap in zip(kernel, dilation, strict=True)]
    edges = [
        (far - edge[0], length - place + edge[0])
        for far, length, place, edge in zip(reach, size, places, padding, strict=True)
    ]
    return turned, tuple(edges)


def _columns(
    x: Array, kernel: Sizes, stride: Sizes, padding: Padding, dilation: Sizes, groups: int
) -> Array:
    """What lies under the kernel as columns (N, groups, C / groups taps, places)."""
    xp = namespace(x)
    n, c = x.shape[:2]
    size = places(x.shape[2:], kernel, stride, padding, dilation)
    for axis, edge in enumerate(padding):
        x = _padded(x, axis + 2, *edge)
    taps = []
    for tap in product(*map(range, kernel)):
        cut = [
            slice(k * gap, k * gap + (count - 1) * step + 1, step)
            for k, gap, count, step in zip(tap, dilation, size, stride, strict=True)
        ]
        taps.append(x[(slice(None), slice(None), *cut)])
    columns = xp.stack(taps, axis=2)
    return xp.reshape(columns, (n, groups, c // groups * prod(kernel), prod(size)))


def _portions(n: int, size: int) -> Iterator[slice]:
    """So many images at once that their columns, `size` an image, are not more than `_FEW`."""
    step = max(1, _FEW // max(1, size))
    for i in range(0, max(1, n), step):
        yield slice(i, i + step)


def _padded(x: Array, axis: int, before: int, after: int) -> Array:
    """Zeros put in front of and behind an axis; a negative number cuts that many off."""
    xp = namespace(x)
    cut = [slice(None)] * x.ndim
    cut[axis] = slice(max(-before, 0), x.shape[axis] - max(-after, 0))
    parts = [x[tuple(cut)]]
    for count, at in ((before, 0), (after, len(parts))):
        if count > 0:
            shape = list(parts[0].shape)
            shape[axis] = count
            zeros = xp.zeros(tuple(shape), dtype=x.dtype)
            parts = [zeros, *parts] if at == 0 else [*parts, zeros]
    return xp.concat(parts, axis=axis) if len(parts) > 1 else parts[0]


def _spaced(x: Array, axis: int, step: int) -> Array:
    """Zeros between the elements along an axis, `step` - 1 of them."""
    if step == 1:
        return x
    xp = namespace(x)
    wide = xp.expand_dims(x, axis=axis + 1)
    shape = list(wide.shape)
    shape[axis + 1] = step - 1
    wide = xp.concat([wide, xp.zeros(tuple(shape), dtype=x.dtype)], axis=axis + 1)
    shape = list(x.shape)
    shape[axis] *= step
    cut = [slice(None)] * x.ndim
    cut[axis] = slice(0, shape[axis] - step + 1)
    return xp.reshape(wide, tuple(shape))[tuple(cut)]
