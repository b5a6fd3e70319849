"""Depthwise convolution by Numba: each channel by a kernel of its own, a line of pixels at once."""

from __future__ import annotations

import numpy as np

from nt_tensor.backends.numba._math import fast
from nt_tensor.kernels._convolution import Padding, Sizes, places

__all__ = ["depthwise", "depthwise_input", "depthwise_weight"]


def depthwise(
    x: np.ndarray, weight: np.ndarray, stride: Sizes, padding: Padding, dilation: Sizes
) -> np.ndarray:
    """`convolution` of (N, C, *size) with as many groups and outputs as channels."""
    if x.ndim == 3:
        lifted = (1, *stride), ((0, 0), *padding), (1, *dilation)
        return depthwise(x[:, :, None], weight[:, :, None], *lifted)[:, :, 0]
    size = places(x.shape[2:], weight.shape[2:], stride, padding, dilation)
    y = np.zeros((*x.shape[:2], *size), x.dtype)
    _there(_padded(x, padding), np.ascontiguousarray(weight), y, *stride, *dilation)
    return y


def depthwise_input(
    g: np.ndarray, weight: np.ndarray, size: Sizes, stride: Sizes, padding: Padding, dilation: Sizes
) -> np.ndarray:
    """`convolution_input` of (N, C, *size)."""
    if g.ndim == 3:
        lifted = (1, *stride), ((0, 0), *padding), (1, *dilation)
        return depthwise_input(g[:, :, None], weight[:, :, None], (1, *size), *lifted)[:, :, 0]
    (top, bottom), (left, right) = padding
    gx = np.zeros((*g.shape[:2], size[0] + top + bottom, size[1] + left + right), g.dtype)
    _back(np.ascontiguousarray(g), np.ascontiguousarray(weight), gx, *stride, *dilation)
    if not any((top, bottom, left, right)):
        return gx
    return np.ascontiguousarray(gx[:, :, top : top + size[0], left : left + size[1]])


def depthwise_weight(
    g: np.ndarray, x: np.ndarray, size: Sizes, stride: Sizes, padding: Padding, dilation: Sizes
) -> np.ndarray:
    """`convolution_weight`, (C, 1, *size)."""
    if g.ndim == 3:
        lifted = (1, *stride), ((0, 0), *padding), (1, *dilation)
        return depthwise_weight(g[:, :, None], x[:, :, None], (1, *size), *lifted)[:, :, 0]
    gw = np.zeros((g.shape[1], 1, *size), g.dtype)
    _weigh(np.ascontiguousarray(g), _padded(x, padding), gw, *stride, *dilation)
    return gw


def _padded(x: np.ndarray, padding: Padding) -> np.ndarray:
    (top, bottom), (left, right) = padding
    if not any((top, bottom, left, right)):
        return np.ascontiguousarray(x)
    n, c, h, w = x.shape
    wide = np.zeros((n, c, top + h + bottom, left + w + right), x.dtype)
    wide[:, :, top : top + h, left : left + w] = x
    return wide


@fast
def _there(
    x: np.ndarray, weight: np.ndarray, y: np.ndarray, sh: int, sw: int, dh: int, dw: int
) -> None:
    n, channels, oh, ow = y.shape
    kh, kw = weight.shape[2:]
    for image in range(n):
        for c in range(channels):
            for i in range(oh):
                row = y[image, c, i]
                for k in range(kh):
                    line = x[image, c, i * sh + k * dh]
                    for m in range(kw):
                        tap, part = weight[c, 0, k, m], line[m * dw :]
                        if sw == 1:
                            for j in range(ow):
                                row[j] += tap * part[j]
                        else:
                            for j in range(ow):
                                row[j] += tap * part[j * sw]


@fast
def _back(
    g: np.ndarray, weight: np.ndarray, gx: np.ndarray, sh: int, sw: int, dh: int, dw: int
) -> None:
    n, channels, oh, ow = g.shape
    kh, kw = weight.shape[2:]
    for image in range(n):
        for c in range(channels):
            for i in range(oh):
                row = g[image, c, i]
                for k in range(kh):
                    line = gx[image, c, i * sh + k * dh]
                    for m in range(kw):
                        tap, part = weight[c, 0, k, m], line[m * dw :]
                        if sw == 1:
                            for j in range(ow):
                                part[j] += tap * row[j]
                        else:
                            for j in range(ow):
                                part[j * sw] += tap * row[j]


@fast
def _weigh(
    g: np.ndarray, x: np.ndarray, gw: np.ndarray, sh: int, sw: int, dh: int, dw: int
) -> None:
    n, channels, oh, ow = g.shape
    kh, kw = gw.shape[2:]
    for image in range(n):
        for c in range(channels):
            for i in range(oh):
                row = g[image, c, i]
                for k in range(kh):
                    line = x[image, c, i * sh + k * dh]
                    for m in range(kw):
                        part, total = line[m * dw :], x.dtype.type(0.0)
                        if sw == 1:
                            for j in range(ow):
                                total += row[j] * part[j]
                        else:
                            for j in range(ow):
                                total += row[j] * part[j * sw]
                        gw[c, 0, k, m] += total
