"""Batch normalisation on NumPy: one image after the other, sums as products with ones."""

from __future__ import annotations

import numpy as np

from nt_tensor.kernels._batch_norm import batch_norm, batch_norm_backward, channel_affine
from nt_tensor.memory import scratch

_SMALL = 64  # places of a channel: below, whole arrays cost less than a loop over images


@batch_norm.on("numpy")
def _batch_norm(
    x: np.ndarray, weight: np.ndarray | None, bias: np.ndarray | None, eps: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if _small(x):
        return batch_norm.reference(x, weight, bias, eps)  # type: ignore[no-any-return]
    flat = _places(x)
    n, c, places = flat.shape
    share = np.full(places, 1.0 / (n * places), x.dtype)
    mean = np.matmul(flat, share).sum(axis=0)
    slip, variance = np.zeros((2, c), x.dtype)
    y = np.empty(flat.shape, x.dtype)
    for image, out in zip(flat, y, strict=True):
        np.subtract(image, mean[:, None], out=out)
        slip += out @ share  # what rounding did to the mean
        variance += np.multiply(out, out, out=scratch(0, out.shape, x.dtype)) @ share
    variance = np.maximum(variance - slip * slip, 0)
    scale = 1.0 / np.sqrt(variance + x.dtype.type(eps))
    if weight is not None:
        scale *= weight
    shift = -slip * scale if bias is None else bias - slip * scale
    for out in y:
        out *= scale[:, None]
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
    for image, out in zip(flat, y, strict=True):
        np.subtract(image, mean[:, None], out=out)
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
    gb, gw = np.matmul(ups, ones).sum(axis=0), np.zeros(c, x.dtype)
    for up, image in zip(ups, flat, strict=True):
        xhat = np.subtract(image, mean[:, None], out=scratch(0, image.shape, x.dtype))
        xhat *= up
        gw += xhat @ ones
    gw *= rstd
    scale = rstd if weight is None else rstd * weight
    if not moving:
        return (ups * scale[:, None]).reshape(x.shape), gw, gb
    # gx = scale (g - gb / m - (x - mean) rstd gw / m), with all that is per channel drawn together.
    slope = (-scale * rstd * gw / (n * places))[:, None]
    shift = (-scale * gb / (n * places))[:, None]
    gx = np.empty(flat.shape, x.dtype)
    for up, image, out in zip(ups, flat, gx, strict=True):
        np.subtract(image, mean[:, None], out=out)
        out *= slope
        out += shift
        out += np.multiply(up, scale[:, None], out=scratch(0, up.shape, x.dtype))
    return gx.reshape(x.shape), gw, gb


def _small(x: np.ndarray) -> bool:
    return x.dtype == np.float16 or x.size < _SMALL * x.shape[0] * x.shape[1] or not x.size


def _places(x: np.ndarray) -> np.ndarray:
    """`x` as (N, C, L)."""
    return x.reshape(x.shape[0], x.shape[1], -1)
