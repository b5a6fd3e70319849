r"""Two-dimensional convolution of images (N, C, H, W), and its two ways back.

The three are one bilinear form, $\langle g, x * w \rangle$, solved for each of its arguments. The
geometry comes as `stride` (rows, columns), `padding` ((top, bottom), (left, right)) and `dilation`
(rows, columns).
"""

from __future__ import annotations

from typing import TypeAlias

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel

__all__ = ["conv2d", "conv2d_input", "conv2d_weight", "output_length", "turn"]

Pair: TypeAlias = tuple[int, int]
Padding: TypeAlias = tuple[Pair, Pair]


def output_length(length: int, kernel: int, stride: int, padding: Pair, dilation: int) -> int:
    """The number of places for a kernel along an axis: (L + p - d (k - 1) - 1) // s + 1."""
    return (length + sum(padding) - dilation * (kernel - 1) - 1) // stride + 1


@kernel
def conv2d(
    x: Array,
    weight: Array,
    bias: Array | None,
    stride: Pair,
    padding: Padding,
    dilation: Pair,
    groups: int,
) -> Array:
    """y[n, o, i, j] = b[o] + sum of w[o, c, k, l] x[n, c, i s + k d, j s + l d] over c, k, l.

    `x` (N, C, H, W), `weight` (O, C / groups, kh, kw), `bias` (O,) or None; (N, O, OH, OW).
    """
    xp = namespace(x)
    n, o = x.shape[0], weight.shape[0]
    columns, size = _columns(x, weight.shape[2:], stride, padding, dilation, groups)
    rows = xp.reshape(weight, (1, groups, o // groups, columns.shape[2]))
    y = xp.reshape(xp.matmul(rows, columns), (n, o, *size))
    return y if bias is None else y + bias[:, None, None]


@kernel
def conv2d_weight(
    g: Array,
    x: Array,
    size: Pair,
    stride: Pair,
    padding: Padding,
    dilation: Pair,
    groups: int,
) -> Array:
    """The gradient of the weight (O, C / groups, kh, kw) with `size` (kh, kw), from that of y."""
    xp = namespace(g)
    n, o = g.shape[:2]
    columns, _ = _columns(x, size, stride, padding, dilation, groups)
    rows = xp.reshape(g, (n, groups, o // groups, columns.shape[3]))
    gw = xp.sum(xp.matmul(rows, xp.matrix_transpose(columns)), axis=0)
    return xp.reshape(gw, (o, x.shape[1] // groups, *size))


@kernel
def conv2d_input(
    g: Array,
    weight: Array,
    size: Pair,
    stride: Pair,
    padding: Padding,
    dilation: Pair,
    groups: int,
) -> Array:
    """The gradient of x (N, C, H, W) with `size` (H, W), from that of y.

    A convolution again: of `g`, with zeros between its elements where the stride was, with the
    weight turned around.
    """
    for axis in (0, 1):
        g = _spaced(g, axis + 2, stride[axis])
    turned, edges = turn(weight, size, (g.shape[2], g.shape[3]), padding, dilation, groups)
    return conv2d.reference(g, turned, None, (1, 1), edges, dilation, groups)


def turn(
    weight: Array, size: Pair, places: Pair, padding: Padding, dilation: Pair, groups: int
) -> tuple[Array, Padding]:
    """The weight and the padding whose convolution of `places` goes back to an image of `size`."""
    xp = namespace(weight)
    o, c, kh, kw = weight.shape
    turned = xp.reshape(xp.flip(weight, axis=(2, 3)), (groups, o // groups, c, kh, kw))
    turned = xp.reshape(xp.permute_dims(turned, (0, 2, 1, 3, 4)), (groups * c, o // groups, kh, kw))
    edges = []
    for k, length, place, edge, gap in zip((kh, kw), size, places, padding, dilation, strict=True):
        reach = gap * (k - 1)
        edges.append((reach - edge[0], length - place + edge[0]))
    return turned, (edges[0], edges[1])


def _columns(
    x: Array, size: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> tuple[Array, Pair]:
    """What lies under the kernel as columns (N, groups, C / groups kh kw, OH OW), and (OH, OW)."""
    xp = namespace(x)
    n, c, h, w = x.shape
    oh = output_length(h, size[0], stride[0], padding[0], dilation[0])
    ow = output_length(w, size[1], stride[1], padding[1], dilation[1])
    x = _padded(_padded(x, 2, *padding[0]), 3, *padding[1])
    taps = []
    for k in range(size[0]):
        top = k * dilation[0]
        rows = x[:, :, top : top + (oh - 1) * stride[0] + 1 : stride[0]]
        for m in range(size[1]):
            left = m * dilation[1]
            taps.append(rows[:, :, :, left : left + (ow - 1) * stride[1] + 1 : stride[1]])
    columns = xp.stack(taps, axis=2)
    return xp.reshape(columns, (n, groups, c // groups * size[0] * size[1], oh * ow)), (oh, ow)


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
