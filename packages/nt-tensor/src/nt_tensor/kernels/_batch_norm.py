"""Batch normalisation: statistics over the batch and all places of a channel, and the way back."""

from __future__ import annotations

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel

__all__ = ["batch_norm", "batch_norm_backward", "batch_statistics"]


@kernel
def batch_statistics(x: Array) -> tuple[Array, Array]:
    """Mean and biased variance of each channel of `x` (N, C, L): (C,) and (C,)."""
    xp = namespace(x)
    mean = xp.mean(x, axis=(0, 2))
    centred = x - mean[:, None]
    return mean, xp.mean(centred * centred, axis=(0, 2))


@kernel
def batch_norm(
    x: Array, weight: Array | None, bias: Array | None, mean: Array, rstd: Array
) -> Array:
    """Channels of `x` (N, C, L) centred and scaled by statistics (C,), then by weight and bias."""
    y = (x - mean[:, None]) * (rstd if weight is None else rstd * weight)[:, None]
    return y if bias is None else y + bias[:, None]


@kernel
def batch_norm_backward(
    g: Array, x: Array, weight: Array | None, mean: Array, rstd: Array
) -> tuple[Array, Array, Array]:
    """Gradients with respect to x (N, C, L), through its statistics too, weight and bias (C,)."""
    xp = namespace(g)
    count = x.shape[0] * x.shape[2]
    xhat = (x - mean[:, None]) * rstd[:, None]
    gb = xp.sum(g, axis=(0, 2))
    gw = xp.sum(g * xhat, axis=(0, 2))
    scale = rstd if weight is None else rstd * weight
    gx = (g - (gb / count)[:, None] - xhat * (gw / count)[:, None]) * scale[:, None]
    return gx, gw, gb
