"""Batch normalisation on NumPy: one image after the other, sums as products with ones."""

from __future__ import annotations

import numpy as np

from nt_tensor.kernels._batch_norm import batch_norm, batch_norm_backward, batch_statistics
from nt_tensor.memory import scratch

_SMALL = 64  # places of a channel: below, whole arrays cost less than a loop over images


@batch_statistics.on("numpy")
def _batch_statistics(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n, c, places = x.shape
    if x.dtype == np.float16 or places < _SMALL:
        wide = x.astype(np.float32) if x.dtype == np.float16 else x  # sums would overflow
        return batch_statistics.reference(wide)  # type: ignore[no-any-return]
    ones = np.full(places, 1.0 / (n * places), x.dtype)
    mean = np.matmul(x, ones).sum(axis=0)
    variance = np.zeros(c, x.dtype)
    for image in x:
        centred = np.subtract(image, mean[:, None], out=scratch(0, image.shape, x.dtype))
        centred *= centred
        variance += centred @ ones
    return mean, variance


@batch_norm.on("numpy")
def _batch_norm(
    x: np.ndarray,
    weight: np.ndarray | None,
    bias: np.ndarray | None,
    mean: np.ndarray,
    rstd: np.ndarray,
) -> np.ndarray:
    if x.dtype == np.float16 or x.shape[2] < _SMALL:
        y = batch_norm.reference(x, weight, bias, mean, rstd)
        return y.astype(x.dtype, copy=False)  # type: ignore[no-any-return]
    scale = (rstd if weight is None else rstd * weight)[:, None]
    y = np.empty(x.shape, x.dtype)
    for image, out in zip(x, y, strict=True):
        np.subtract(image, mean[:, None], out=out)
        out *= scale
        if bias is not None:
            out += bias[:, None]
    return y


@batch_norm_backward.on("numpy")
def _batch_norm_backward(
    g: np.ndarray, x: np.ndarray, weight: np.ndarray | None, mean: np.ndarray, rstd: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n, c, places = x.shape
    if x.dtype == np.float16 or places < _SMALL:
        found = batch_norm_backward.reference(
            g.astype(mean.dtype, copy=False), x, weight, mean, rstd
        )
        return tuple(each.astype(x.dtype, copy=False) for each in found)
    ones = np.ones(places, x.dtype)
    gb, gw = np.matmul(g, ones).sum(axis=0), np.zeros(c, x.dtype)
    for up, image in zip(g, x, strict=True):
        xhat = np.subtract(image, mean[:, None], out=scratch(0, image.shape, x.dtype))
        xhat *= up
        gw += xhat @ ones
    gw *= rstd
    # gx = scale (g - gb / m - (x - mean) rstd gw / m), with all that is per channel drawn together.
    scale = rstd if weight is None else rstd * weight
    slope = (-scale * rstd * gw / (n * places))[:, None]
    shift = (-scale * gb / (n * places))[:, None]
    gx = np.empty(x.shape, x.dtype)
    for up, image, out in zip(g, x, gx, strict=True):
        np.subtract(image, mean[:, None], out=out)
        out *= slope
        out += shift
        out += np.multiply(up, scale[:, None], out=scratch(0, up.shape, x.dtype))
    return gx, gw, gb
