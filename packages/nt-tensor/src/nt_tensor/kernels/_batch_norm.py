"""Batch normalisation: statistics over the batch and all places of a channel, and the way back."""

from __future__ import annotations

from math import prod

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel
from nt_tensor.kernels._wide import widened

__all__ = ["batch_norm", "batch_norm_backward", "channel_affine"]


@kernel
@widened(0)
def batch_norm(
    x: Array, weight: Array | None, bias: Array | None, eps: float
) -> tuple[Array, Array, Array]:
    """Channels of `x` (N, C, …) to mean 0 and variance 1, then scaled and shifted.

    Gives (y, mean, variance), the statistics (C,); the variance is the biased one.
    """
    xp, axes = namespace(x), _axes(x)
    mean = xp.mean(x, axis=axes)
    centred = x - _beside(mean, x)
    slip = xp.mean(centred, axis=axes)  # what rounding did to the mean: much, beside a large one
    centred = centred - _beside(slip, x)
    variance = xp.mean(centred * centred, axis=axes)
    rstd = 1.0 / xp.sqrt(variance + eps)
    y = centred * _beside(rstd if weight is None else rstd * weight, x)
    return (y if bias is None else y + _beside(bias, x)), mean + slip, variance


@kernel
@widened()
def channel_affine(x: Array, mean: Array, scale: Array, bias: Array | None) -> Array:
    """Channels of `x` (N, C, …) less their `mean`, times their `scale`, plus their `bias` (C,)."""
    y = (x - _beside(mean, x)) * _beside(scale, x)
    return y if bias is None else y + _beside(bias, x)


@kernel
@widened()
def batch_norm_backward(
    g: Array, x: Array, weight: Array | None, mean: Array, rstd: Array, moving: bool
) -> tuple[Array, Array, Array]:
    """Gradients with respect to x (N, C, …), weight and bias (C,).

    `moving`: the statistics are those of `x` and move with it; otherwise they stand still.
    """
    xp, axes = namespace(g), _axes(x)
    xhat = (x - _beside(mean, x)) * _beside(rstd, x)
    gb = xp.sum(g, axis=axes)
    gw = xp.sum(g * xhat, axis=axes)
    if moving:
        count = x.shape[0] * prod(x.shape[2:])
        g = g - _beside(gb / count, x) - xhat * _beside(gw / count, x)
    return g * _beside(rstd if weight is None else rstd * weight, x), gw, gb


def _axes(x: Array) -> tuple[int, ...]:
    """All axes but that of the channels."""
    return 0, *range(2, x.ndim)


def _beside(value: Array, x: Array) -> Array:
    """(C,) in a shape that stands beside `x` (N, C, …)."""
    return namespace(value).reshape(value, (-1, *(1,) * (x.ndim - 2)))
