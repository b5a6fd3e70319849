"""Layer normalisation over the last axis of a matrix of rows, and its way back."""

from __future__ import annotations

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel
from nt_tensor.kernels._wide import widened

__all__ = ["layer_norm", "layer_norm_backward"]


@kernel
@widened(0)
def layer_norm(
    x: Array, weight: Array | None, bias: Array | None, eps: float
) -> tuple[Array, Array, Array]:
    """Rows of `x` (rows, width) to mean 0 and variance 1, then scaled and shifted.

    Gives (y, mean, rstd), the statistics of shape (rows, 1).
    """
    xp = namespace(x)
    mean = xp.mean(x, axis=-1, keepdims=True)
    centred = x - mean
    slip = xp.mean(centred, axis=-1, keepdims=True)  # what rounding did to the mean
    centred = centred - slip
    rstd = 1.0 / xp.sqrt(xp.mean(centred * centred, axis=-1, keepdims=True) + eps)
    y = centred * rstd
    if weight is not None:
        y = y * weight
    if bias is not None:
        y = y + bias
    return y, mean + slip, rstd


@kernel
@widened()
def layer_norm_backward(
    g: Array, x: Array, weight: Array | None, mean: Array, rstd: Array
) -> tuple[Array, Array, Array]:
    """Gradients with respect to x, weight and bias, of shapes (rows, width), (width,), (width,)."""
    xp = namespace(g)
    xhat = (x - mean) * rstd
    gw = xp.sum(g * xhat, axis=0)
    gb = xp.sum(g, axis=0)
    gxhat = g if weight is None else g * weight
    gx = (
        gxhat
        - xp.mean(gxhat, axis=-1, keepdims=True)
        - xhat * xp.mean(gxhat * xhat, axis=-1, keepdims=True)
    ) * rstd
    return gx, gw, gb
