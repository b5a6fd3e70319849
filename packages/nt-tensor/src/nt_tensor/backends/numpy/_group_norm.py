"""Group normalisation on NumPy: a few samples at a time, sums as products with ones."""

from __future__ import annotations

import numpy as np

from nt_tensor.backends.numpy._batch_norm import blocks
from nt_tensor.kernels._group_norm import group_norm, group_norm_backward
from nt_tensor.memory import scratch


@group_norm.on("numpy")
def _group_norm(
    x: np.ndarray, weight: np.ndarray | None, bias: np.ndarray | None, groups: int, eps: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n, c, places = x.shape
    if x.dtype == np.float16 or not x.size:
        return group_norm.reference(x, weight, bias, groups, eps)  # type: ignore[no-any-return]
    width = c // groups * places
    share = np.full((width, 1), 1.0 / width, x.dtype)
    rows, y = x.reshape(n * groups, width), np.empty((n * groups, width), x.dtype)
    mean, variance = np.empty((2, n * groups, 1), x.dtype)
    for at in blocks(x):
        some = slice(at.start * groups, at.stop * groups)
        out, m, v = y[some], mean[some], variance[some]
        np.matmul(rows[some], share, out=m)
        np.subtract(rows[some], m, out=out)
        slip = out @ share  # what rounding did to the mean
        out -= slip
        m += slip
        np.matmul(np.multiply(out, out, out=scratch(0, out.shape, x.dtype)), share, out=v)
        out *= 1.0 / np.sqrt(v + x.dtype.type(eps))
        channels = out.reshape(-1, c, places)
        if weight is not None:
            channels *= weight[:, None]
        if bias is not None:
            channels += bias[:, None]
    return y.reshape(x.shape), mean.reshape(n, groups), variance.reshape(n, groups)


@group_norm_backward.on("numpy")
def _group_norm_backward(
    g: np.ndarray, x: np.ndarray, weight: np.ndarray | None, mean: np.ndarray, rstd: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    (n, c, places), groups = x.shape, mean.shape[1]
    if x.dtype == np.float16 or not x.size:
        return group_norm_backward.reference(g, x, weight, mean, rstd)  # type: ignore[no-any-return]
    inside = c // groups
    ones, count = np.ones(places, x.dtype), inside * places
    of_channels = n, groups, inside
    m, r = np.repeat(mean, inside, axis=1)[:, :, None], np.repeat(rstd, inside, axis=1)[:, :, None]
    gx, totals, products = np.empty(x.shape, x.dtype), g @ ones, np.empty((n, c), x.dtype)
    for at in blocks(x):
        out = np.subtract(x[at], m[at], out=gx[at])
        product = np.multiply(out, g[at], out=scratch(0, out.shape, x.dtype))
        np.matmul(product, ones, out=products[at])
    products *= r[:, :, 0]
    # gx = r w g - r mean(w g) - (x - m) r^2 mean(w g xhat), the means over a group
    scale = np.ones(c, x.dtype) if weight is None else weight
    slope, shift = [
        -(each * scale).reshape(of_channels).sum(axis=2).repeat(inside, axis=1)[:, :, None] / count
        for each in (products, totals)
    ]
    slope, shift, factor = slope * r * r, shift * r, r * scale[:, None]
    for at in blocks(x):
        out = np.multiply(gx[at], slope[at], out=gx[at])
        out += shift[at]
        out += np.multiply(g[at], factor[at], out=scratch(0, out.shape, x.dtype))
    return gx, products.sum(axis=0), totals.sum(axis=0)
