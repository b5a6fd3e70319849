"""Convolution on NumPy: columns of a few images or lines at once, which the cache can hold."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod

import numpy as np
from numpy.lib.stride_tricks import as_strided

from nt_tensor.backends.numpy._rows import DEEP, rows, rows_gain, rows_input, rows_weight
from nt_tensor.backends.numpy._winograd import gains, winograd, winograd_back
from nt_tensor.kernels._convolution import (
    Padding,
    Sizes,
    convolution,
    convolution_backward,
    convolution_input,
    convolution_weight,
    places,
    turn,
)
from nt_tensor.kernels._wide import widened
from nt_tensor.memory import scratch

_FEW = 1 << 18  # elements of columns at once: about a second-level cache
_NARROW, _SHALLOW = 16, 15  # channels up to which products of rows pay from this depth on


@convolution.on("numpy")
@widened()
def _convolution(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    groups: int,
) -> np.ndarray:
    n, o = x.shape[0], weight.shape[0]
    size = places(x.shape[2:], weight.shape[2:], stride, padding, dilation)
    plan = stride, dilation, groups
    if gains(x, weight, x.shape, (n, o, *size), weight.shape, plan):
        y = np.empty((n, o, *size), np.float32)
        winograd(x, weight, padding, y)
        if bias is not None:
            y += bias[:, None, None]
        return y
    # For few channels, laying out columns takes longer than products that are not deep.
    least = _SHALLOW if o <= _NARROW else DEEP
    if rows_gain(x, weight, weight.shape[2:], stride, groups, least):
        y = np.empty((n, o, *size), x.dtype)
        rows(x, weight, y, (stride, padding, dilation))
        if bias is not None:
            y += bias[:, None, None]
        return y
    y = np.empty((n, groups, o // groups, prod(size)), x.dtype)
    flat = weight.reshape(groups, o // groups, prod(weight.shape[1:]))
    for at, columns in _columns(x, weight.shape[2:], size, stride, padding, dilation, groups):
        np.matmul(flat, columns, out=y[at])
    if bias is not None:
        y += bias.reshape(groups, o // groups, 1)
    return y.reshape(n, o, *size)


@convolution_weight.on("numpy")
@widened()
def _convolution_weight(
    g: np.ndarray,
    x: np.ndarray,
    size: Sizes,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    groups: int,
) -> np.ndarray:
    n, o = g.shape[:2]
    shape = (o, x.shape[1], *size)
    if gains(g, x, x.shape, g.shape, shape, (stride, dilation, groups)):
        gw = np.empty((o, x.shape[1], 3, 3), np.float32)
        winograd_back(g, x, None, padding, None, gw)
        return gw
    if rows_gain(x, g, size, stride, groups):
        return rows_weight(g, x, size, (stride, padding, dilation))
    flat = g.reshape(n, groups, o // groups, prod(g.shape[2:]))
    gw = np.zeros((groups, o // groups, x.shape[1] // groups * prod(size)), g.dtype)
    for at, columns in _columns(x, size, g.shape[2:], stride, padding, dilation, groups):
        gw += np.matmul(flat[at], columns.swapaxes(2, 3)).sum(axis=0)
    return gw.reshape(o, x.shape[1] // groups, *size)


@convolution_input.on("numpy")
@widened()
def _convolution_input(
    g: np.ndarray,
    weight: np.ndarray,
    size: Sizes,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    groups: int,
) -> np.ndarray:
    n, o, first, *rest = g.shape
    c, *kernel = weight.shape[1:]
    if gains(g, weight, (n, c), g.shape, weight.shape, (stride, dilation, groups)):
        gx = np.zeros((n, c, *size), np.float32)
        winograd_back(g, None, weight, padding, gx, None)
        return gx
    few = 2 * c < o or max(stride) > 1  # adding up what c channels get beats laying out o channels
    if few and rows_gain(g, weight, tuple(kernel), stride, groups):
        return rows_input(g, weight, size, (stride, padding, dilation))
    if max(stride) == 1:  # a convolution of the same kind, unless the padding exceeds the kernel
        turned, edges = turn(weight, size, g.shape[2:], padding, dilation, groups)
        if min(map(min, edges)) >= 0:
            return convolution(g, turned, None, stride, edges, dilation, groups)  # type: ignore[no-any-return]
    whole = [length + sum(edge) for length, edge in zip(size, padding, strict=True)]
    gx = np.zeros((n, groups * c, *whole), g.dtype)
    across = weight.reshape(groups, o // groups, c * prod(kernel)).swapaxes(1, 2)
    line, every = prod(rest), slice(None)
    flat = g.reshape(n, groups, o // groups, first * line)
    for images, lines in _portions(n, first, groups * c * prod(kernel) * line):
        part = flat[images, :, :, lines.start * line : lines.stop * line]
        columns = scratch(0, (len(part), groups, c * prod(kernel), part.shape[3]), g.dtype)
        np.matmul(across, part, out=columns)
        taps = columns.reshape(len(part), groups * c, *kernel, lines.stop - lines.start, *rest)
        ends = ((lines.start, lines.stop), *((0, count) for count in rest))
        for tap in product(*map(range, kernel)):
            cut = [
                slice(a * step + k * gap, (b - 1) * step + k * gap + 1, step)
                for k, gap, step, (a, b) in zip(tap, dilation, stride, ends, strict=True)
            ]
            at: tuple[slice | int, ...] = (every, every, *tap)
            gx[(images, every, *cut)] += taps[at]
    if not any(map(any, padding)):
        return gx
    inner = [slice(a, a + length) for (a, _), length in zip(padding, size, strict=True)]
    return np.ascontiguousarray(gx[(every, every, *inner)])


@convolution_backward.on("numpy")
@widened()
def _convolution_backward(
    g: np.ndarray,
    x: np.ndarray,
    weight: np.ndarray,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    groups: int,
) -> tuple[np.ndarray, np.ndarray]:
    if gains(g, x, x.shape, g.shape, weight.shape, (stride, dilation, groups)):
        gx, gw = np.zeros(x.shape, np.float32), np.empty(weight.shape, np.float32)
        winograd_back(g, x, weight, padding, gx, gw)
        return gx, gw
    return convolution_backward.reference(g, x, weight, stride, padding, dilation, groups)  # type: ignore[no-any-return]


def _columns(
    x: np.ndarray,
    kernel: Sizes,
    size: Sizes,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
    groups: int,
) -> Iterator[tuple[tuple[slice, ...], np.ndarray]]:
    """Columns (few, groups, C / groups taps, places), and of which images and places they are."""
    n, c = x.shape[:2]
    depth = c // groups * prod(kernel)
    every = slice(None)
    plain = max(kernel) == max(stride) == 1 and not any(map(any, padding))
    if plain and x.flags.c_contiguous:  # the images are their own columns
        yield (every,), x.reshape(n, groups, depth, prod(size))
        return
    if any(map(any, padding)):
        edges = list(zip(padding, x.shape[2:], strict=True))
        padded = np.zeros((n, c, *(a + length + b for (a, b), length in edges)), x.dtype)
        padded[(every, every, *(slice(a, a + length) for (a, _), length in edges))] = x
        x = padded
    steps = x.strides[2:]
    taps = as_strided(
        x,
        (n, c, *kernel, *size),
        (
            *x.strides[:2],
            *(p * gap for p, gap in zip(steps, dilation, strict=True)),
            *(p * step for p, step in zip(steps, stride, strict=True)),
        ),
        writeable=False,
    )
    line, lead = prod(size[1:]), (every,) * len(kernel)
    for images, lines in _portions(n, size[0], groups * depth * line):
        part = taps[(images, every, *lead, lines)]
        columns = scratch(0, part.shape, x.dtype)
        np.copyto(columns, part)
        at = (images, every, every, slice(lines.start * line, lines.stop * line))
        yield at, columns.reshape(len(part), groups, depth, (lines.stop - lines.start) * line)


def _portions(n: int, lines: int, width: int) -> Iterator[tuple[slice, slice]]:
    """Several whole images at once, or several lines of one: about `_FEW` elements of columns."""
    step = max(1, _FEW // max(1, lines * width))
    band = lines if step > 1 else max(1, min(lines, _FEW // max(1, width)))
    for i in range(0, n, step):
        for j in range(0, lines, max(1, band)):
            yield slice(i, min(i + step, n)), slice(j, min(j + band, lines))
