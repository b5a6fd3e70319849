"""Convolution on NumPy: columns of a few images or lines at once, which the cache can hold."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import as_strided

from nt_tensor.kernels._convolution import (
    Padding,
    Pair,
    conv2d,
    conv2d_input,
    conv2d_weight,
    output_length,
    turn,
)
from nt_tensor.memory import scratch

_FEW = 1 << 18  # elements of columns at once: about a second-level cache


@conv2d.on("numpy")
def _conv2d(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    stride: Pair,
    padding: Padding,
    dilation: Pair,
    groups: int,
) -> np.ndarray:
    if x.dtype == np.float16:  # summed in float32, rounded once
        x, weight = x.astype(np.float32), weight.astype(np.float32)
        return _conv2d(x, weight, bias, stride, padding, dilation, groups).astype(np.float16)
    n, o = x.shape[0], weight.shape[0]
    size = _places(x.shape, weight.shape[2:], stride, padding, dilation)
    y = np.empty((n, groups, o // groups, size[0] * size[1]), x.dtype)
    rows = weight.reshape(groups, o // groups, weight[0].size)
    for at, columns in _columns(x, weight.shape[2:], size, stride, padding, dilation, groups):
        np.matmul(rows, columns, out=y[at])
    y = y.reshape(n, o, *size)
    if bias is not None:
        y += bias[:, None, None]
    return y


@conv2d_weight.on("numpy")
def _conv2d_weight(
    g: np.ndarray,
    x: np.ndarray,
    size: Pair,
    stride: Pair,
    padding: Padding,
    dilation: Pair,
    groups: int,
) -> np.ndarray:
    if g.dtype == np.float16:
        wide = (g.astype(np.float32), x.astype(np.float32))
        return _conv2d_weight(*wide, size, stride, padding, dilation, groups).astype(g.dtype)
    n, o, oh, ow = g.shape
    rows = g.reshape(n, groups, o // groups, oh * ow)
    gw = np.zeros((groups, o // groups, x.shape[1] // groups * size[0] * size[1]), g.dtype)
    for at, columns in _columns(x, size, (oh, ow), stride, padding, dilation, groups):
        gw += np.matmul(rows[at], columns.swapaxes(2, 3)).sum(axis=0)
    return gw.reshape(o, x.shape[1] // groups, *size)


@conv2d_input.on("numpy")
def _conv2d_input(
    g: np.ndarray,
    weight: np.ndarray,
    size: Pair,
    stride: Pair,
    padding: Padding,
    dilation: Pair,
    groups: int,
) -> np.ndarray:
    if g.dtype == np.float16:
        wide = (g.astype(np.float32), weight.astype(np.float32))
        return _conv2d_input(*wide, size, stride, padding, dilation, groups).astype(g.dtype)
    n, o, oh, ow = g.shape
    c, kh, kw = weight.shape[1:]
    if stride == (1, 1):  # a convolution of the same kind, unless the padding exceeds the kernel
        turned, edges = turn(weight, size, (oh, ow), padding, dilation, groups)
        if min(map(min, edges)) >= 0:
            return _conv2d(g, turned, None, stride, edges, dilation, groups)
    (top, bottom), (left, right) = padding
    gx = np.zeros((n, groups * c, size[0] + top + bottom, size[1] + left + right), g.dtype)
    across = weight.reshape(groups, o // groups, c * kh * kw).swapaxes(1, 2)
    rows = g.reshape(n, groups, o // groups, oh * ow)
    for images, lines in _portions(n, oh, groups * c * kh * kw * ow):
        part = rows[images, :, :, lines.start * ow : lines.stop * ow]
        columns = scratch(0, (len(part), groups, c * kh * kw, part.shape[3]), g.dtype)
        np.matmul(across, part, out=columns)
        taps = columns.reshape(len(part), groups * c, kh, kw, lines.stop - lines.start, ow)
        for k in range(kh):
            first = lines.start * stride[0] + k * dilation[0]
            last = (lines.stop - 1) * stride[0] + k * dilation[0]
            band = gx[images, :, first : last + 1 : stride[0]]
            for m in range(kw):
                left_edge = m * dilation[1]
                right_edge = left_edge + (ow - 1) * stride[1] + 1
                band[:, :, :, left_edge : right_edge : stride[1]] += taps[:, :, k, m]
    if not any((top, bottom, left, right)):
        return gx
    return np.ascontiguousarray(gx[:, :, top : top + size[0], left : left + size[1]])


def _places(
    shape: tuple[int, ...], size: Pair, stride: Pair, padding: Padding, dilation: Pair
) -> Pair:
    return (
        output_length(shape[2], size[0], stride[0], padding[0], dilation[0]),
        output_length(shape[3], size[1], stride[1], padding[1], dilation[1]),
    )


def _columns(
    x: np.ndarray,
    size: Pair,
    places: Pair,
    stride: Pair,
    padding: Padding,
    dilation: Pair,
    groups: int,
) -> Iterator[tuple[tuple[slice, ...], np.ndarray]]:
    """Columns (few, groups, C / groups kh kw, places), and of which images and places they are."""
    n, c = x.shape[:2]
    (kh, kw), (oh, ow) = size, places
    depth = c // groups * kh * kw
    every = slice(None)
    plain = kh == kw == 1 and stride == (1, 1) and not any(map(any, padding))
    if plain and x.flags.c_contiguous:  # the images are their own columns
        yield (every,), x.reshape(n, groups, depth, oh * ow)
        return
    (top, bottom), (left, right) = padding
    if any((top, bottom, left, right)):
        shape = (n, c, x.shape[2] + top + bottom, x.shape[3] + left + right)
        padded = np.zeros(shape, x.dtype)
        padded[:, :, top : top + x.shape[2], left : left + x.shape[3]] = x
        x = padded
    a, b, p, q = x.strides
    taps = as_strided(
        x,
        (n, c, kh, kw, oh, ow),
        (a, b, p * dilation[0], q * dilation[1], p * stride[0], q * stride[1]),
        writeable=False,
    )
    for images, lines in _portions(n, oh, groups * depth * ow):
        part = taps[images, :, :, :, lines]
        columns = scratch(0, part.shape, x.dtype)
        np.copyto(columns, part)
        at = (images, every, every, slice(lines.start * ow, lines.stop * ow))
        yield at, columns.reshape(len(part), groups, depth, (lines.stop - lines.start) * ow)


def _portions(n: int, lines: int, width: int) -> Iterator[tuple[slice, slice]]:
    """Several whole images at once, or several lines of one: about `_FEW` elements of columns."""
    step = max(1, _FEW // max(1, lines * width))
    band = lines if step > 1 else max(1, min(lines, _FEW // max(1, width)))
    for i in range(0, n, step):
        for j in range(0, lines, max(1, band)):
            yield slice(i, min(i + step, n)), slice(j, min(j + band, lines))
