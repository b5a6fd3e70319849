"""Group normalisation: each sample's channels in groups, with statistics of their own."""

from __future__ import annotations

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel
from nt_tensor.kernels._wide import widened

__all__ = ["group_norm", "group_norm_backward"]


@kernel
@widened(0)
def group_norm(
    x: Array, weight: Array | None, bias: Array | None, groups: int, eps: float
) -> tuple[Array, Array, Array]:
    """Groups of channels of each sample of `x` (N, C, L) to mean 0 and variance 1.

    Then each channel is scaled and shifted by weight and bias (C,). Gives (y, mean, variance), the
    statistics (N, groups); the variance is the biased one.
    """
    xp = namespace(x)
    rows = xp.reshape(x, (x.shape[0], groups, x.shape[1] // groups * x.shape[2]))
    mean = xp.mean(rows, axis=2, keepdims=True)
    centred = rows - mean
    slip = xp.mean(centred, axis=2, keepdims=True)  # what rounding did to the mean
    centred = centred - slip
    variance = xp.mean(centred * centred, axis=2, keepdims=True)
    y = xp.reshape(centred * (1.0 / xp.sqrt(variance + eps)), x.shape)
    if weight is not None:
        y = y * weight[:, None]
    if bias is not None:
        y = y + bias[:, None]
    return y, (mean + slip)[:, :, 0], variance[:, :, 0]


@kernel
@widened()
def group_norm_backward(
    g: Array, x: Array, weight: Array | None, mean: Array, rstd: Array
) -> tuple[Array, Array, Array]:
    """Gradients with respect to x (N, C, L), weight and bias (C,)."""
    xp, (n, groups) = namespace(g), mean.shape
    shape = n, groups, x.shape[1] // groups * x.shape[2]
    rows = (xp.reshape(x, shape) - mean[:, :, None]) * rstd[:, :, None]
    gw = xp.sum(g * xp.reshape(rows, x.shape), axis=(0, 2))
    gb = xp.sum(g, axis=(0, 2))
    up = xp.reshape(g if weight is None else g * weight[:, None], shape)
    gx = up - xp.mean(up, axis=2, keepdims=True)
    gx = gx - rows * xp.mean(up * rows, axis=2, keepdims=True)
    return xp.reshape(gx * rstd[:, :, None], x.shape), gw, gb
