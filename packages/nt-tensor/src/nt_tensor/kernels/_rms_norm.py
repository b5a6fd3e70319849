"""Root-mean-square normalisation over the last axis of a matrix of rows, and its way back."""

from __future__ import annotations

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel
from nt_tensor.kernels._wide import widened

__all__ = ["rms_norm", "rms_norm_backward"]


@kernel
@widened(0)
def rms_norm(x: Array, weight: Array | None, eps: float) -> tuple[Array, Array]:
    """Rows of `x` (rows, width) by their root mean square. Gives (y, rrms), rrms (rows, 1)."""
    xp = namespace(x)
    rrms = 1.0 / xp.sqrt(xp.mean(x * x, axis=-1, keepdims=True) + eps)
    y = x * rrms
    return (y if weight is None else y * weight), rrms


@kernel
@widened()
def rms_norm_backward(g: Array, x: Array, weight: Array | None, rrms: Array) -> tuple[Array, Array]:
    """Gradients with respect to x (rows, width) and weight (width,)."""
    xp = namespace(g)
    xhat = x * rrms
    gw = xp.sum(g * xhat, axis=0)
    gxhat = g if weight is None else g * weight
    gx = (gxhat - xhat * xp.mean(gxhat * xhat, axis=-1, keepdims=True)) * rrms
    return gx, gw
