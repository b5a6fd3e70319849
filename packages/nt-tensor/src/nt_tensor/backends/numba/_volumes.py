"""Convolution of volumes by Numba: that of planes, with what lies behind each other as channels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nt_tensor.kernels._convolution import (
    Padding,
    Sizes,
    convolution,
    convolution_input,
    convolution_weight,
    places,
)
from nt_tensor.memory import scratch

__all__ = ["volumes", "volumes_input", "volumes_weight"]

_FEW = 1 << 20  # elements of stacked planes at once


def volumes(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
) -> np.ndarray:
    """`convolution` of (N, C, D, H, W) in one group."""
    size = places(x.shape[2:], weight.shape[2:], stride, padding, dilation)
    y = np.empty((x.shape[0], weight.shape[0], *size), x.dtype)
    flat = _flat(weight)
    for n, some in _portions(x, size[0], weight.shape[2]):
        planes = _stacked(x[n], some, weight.shape[2], stride[0], padding[0][0], dilation[0])
        part = convolution(planes, flat, bias, stride[1:], padding[1:], dilation[1:], 1)
        y[n, :, some] = part.swapaxes(0, 1)
    return y


def volumes_input(
    g: np.ndarray,
    weight: np.ndarray,
    size: Sizes,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
) -> np.ndarray:
    """`convolution_input` for (N, O, D, H, W) in one group."""
    deep, channels = weight.shape[2], weight.shape[1]
    gx = np.zeros((g.shape[0], channels, *size), g.dtype)
    flat = _flat(weight)
    for n, some in _portions(gx, g.shape[2], deep):
        part = g[n, :, some].swapaxes(0, 1)
        planes = convolution_input(part, flat, size[1:], stride[1:], padding[1:], dilation[1:], 1)
        planes = planes.reshape(len(planes), deep, channels, *size[1:])
        for i in range(len(planes)):
            for k in range(deep):
                at = (some.start + i) * stride[0] + k * dilation[0] - padding[0][0]
                if 0 <= at < size[0]:
                    gx[n, :, at] += planes[i, k]
    return gx


def volumes_weight(
    g: np.ndarray,
    x: np.ndarray,
    size: Sizes,
    stride: Sizes,
    padding: Padding,
    dilation: Sizes,
) -> np.ndarray:
    """`convolution_weight` for (N, C, D, H, W) in one group."""
    o, c = g.shape[1], x.shape[1]
    gw = np.zeros((o, size[0] * c, *size[1:]), g.dtype)
    for n, some in _portions(x, g.shape[2], size[0]):
        planes = _stacked(x[n], some, size[0], stride[0], padding[0][0], dilation[0])
        part = g[n, :, some].swapaxes(0, 1)
        gw += convolution_weight(part, planes, size[1:], stride[1:], padding[1:], dilation[1:], 1)
    return np.ascontiguousarray(gw.reshape(o, size[0], c, *size[1:]).swapaxes(1, 2))


def _flat(weight: np.ndarray) -> np.ndarray:
    """Weights (O, C, kd, kh, kw) as (O, kd C, kh, kw)."""
    o, c, deep, *taps = weight.shape
    return np.ascontiguousarray(weight.swapaxes(1, 2)).reshape(o, deep * c, *taps)


def _portions(x: np.ndarray, depth: int, taps: int) -> Iterator[tuple[int, slice]]:
    """A volume, and some of the planes of the output."""
    step = max(1, _FEW // max(1, taps * x.shape[1] * x.shape[3] * x.shape[4]))
    for n in range(x.shape[0]):
        for i in range(0, depth, step):
            yield n, slice(i, min(i + step, depth))


def _stacked(
    x: np.ndarray, some: slice, taps: int, stride: int, before: int, gap: int
) -> np.ndarray:
    """The planes of a volume (C, D, H, W) that `some` planes of the output see, as channels."""
    c, depth, *size = x.shape
    planes = scratch(4, (some.stop - some.start, taps, c, *size), x.dtype)
    for i in range(len(planes)):
        for k in range(taps):
            at = (some.start + i) * stride + k * gap - before
            planes[i, k] = x[:, at] if 0 <= at < depth else 0.0
    return planes.reshape(len(planes), taps * c, *size)
