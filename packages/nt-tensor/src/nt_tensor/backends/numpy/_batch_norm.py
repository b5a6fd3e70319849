"""Batch normalisation on NumPy: a few images at a time, sums as products with ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nt_tensor.kernels._batch_norm import batch_norm, batch_norm_backward, channel_affine
from nt_tensor.memory import BLOCK, scratch

_FEW = 16  # places of a channel: below, rows are too short for broadcasting to pay


@batch_norm.on("numpy")
def _batch_norm(
    x: np.ndarray, weight: np.ndarray | None, bias: np.ndarray | None, eps: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if _small(x):
        return batch_norm.reference(x, weight, bias, eps)  # type: ignore[no-any-return]
    flat = _places(x)
    n, c, places = flat.shape
    share = np.full(places, 1.0 / (n * places), x.dtype)
    mean = sums(flat, share)
    slip, variance = np.zeros((2, c), x.dtype)
    y = np.empty(flat.shape, x.dtype)
    for at in blocks(flat):
        out = np.subtract(flat[at], mean[:, None], out=y[at])
        slip += sums(out, share)  # what rounding did to the mean
        variance += sums(np.multiply(out, out, out=scratch(0, out.shape, x.dtype)), share)
    variance = np.maximum(variance - slip * slip, 0)
    scale = 1.0 / np.sqrt(variance + x.dtype.type(eps))
    if weight is not None:
        scale *= weight
    shift = -slip * scale if bias is None else bias - slip * scale
    for at in blocks(flat):
        out = np.multiply(y[at], scale[:, None], out=y[at])
        out += shift[:, None]
    return y.reshape(x.shape), mean + slip, variance


@channel_affine.on("numpy")
def _channel_affine(
    x: np.ndarray, mean: np.ndarray, scale: np.ndarray, bias: np.ndarray | None
) -> np.ndarray:
    if _small(x):
        return channel_affine.reference(x, mean, scale, bias)  # type: ignore[no-any-return]
    flat = _places(x)
    y = np.empty(flat.shape, x.dtype)
    for at in blocks(flat):
        out = np.subtract(flat[at], mean[:, None], out=y[at])
        out *= scale[:, None]
        if bias is not None:
            out += bias[:, None]
    return y.reshape(x.shape)


@batch_norm_backward.on("numpy")
def _batch_norm_backward(
    g: np.ndarray,
    x: np.ndarray,
    weight: np.ndarray | None,
    mean: np.ndarray,
    rstd: np.ndarray,
    moving: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if _small(x):
        return batch_norm_backward.reference(g, x, weight, mean, rstd, moving)  # type: ignore[no-any-return]
    ups, flat = _places(g), _places(x)
    n, c, places = flat.shape
    ones = np.ones(places, x.dtype)
    gb, gw = sums(ups, ones), np.zeros(c, x.dtype)
    gx = np.empty(flat.shape, x.dtype)
    for at in blocks(flat):
        out = np.subtract(flat[at], mean[:, None], out=gx[at])
        gw += sums(np.multiply(out, ups[at], out=scratch(0, out.shape, x.dtype)), ones)
    gw *= rstd
    scale = rstd if weight is None else rstd * weight
    if not moving:
        return np.multiply(ups, scale[:, None], out=gx).reshape(x.shape), gw, gb
    # gx = scale (g - gb / m - (x - mean) rstd gw / m), with all that is per channel drawn together.
    slope = (-scale * rstd * gw / (n * places))[:, None]
    shift = (-scale * gb / (n * places))[:, None]
    for at in blocks(flat):
        out = np.multiply(gx[at], slope, out=gx[at])
        out += shift
        out += np.multiply(ups[at], scale[:, None], out=scratch(0, out.shape, x.dtype))
    return gx.reshape(x.shape), gw, gb


def sums(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """For each channel of (N, C, L), the sum over samples and weighted places."""
    n, c, places = x.shape
    return (x.reshape(n * c, places) @ weights).reshape(n, c).sum(axis=0)  # type: ignore[no-any-return]


def blocks(x: np.ndarray) -> Iterator[slice]:
    """Samples of (N, C, L) that the cache can hold together."""
    step = max(1, 2 * BLOCK // (x.shape[1] * x.shape[2]))
    return (slice(i, i + step) for i in range(0, x.shape[0], step))


def _small(x: np.ndarray) -> bool:
    return x.dtype == np.float16 or x.size < _FEW * x.shape[0] * x.shape[1] or not x.size


def _places(x: np.ndarray) -> np.ndarray:
    """`x` as (N, C, L)."""
    return x.reshape(x.shape[0], x.shape[1], -1)
