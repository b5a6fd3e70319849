"""Softmax and log-softmax along one axis, and their ways back."""

from __future__ import annotations

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel
from nt_tensor.kernels._wide import widened

__all__ = ["log_softmax", "log_softmax_backward", "softmax", "softmax_backward"]


@kernel
@widened()
def softmax(x: Array, axis: int) -> Array:
    """exp(x) normalised to sum to one along `axis`."""
    xp = namespace(x)
    if not x.size:
        return x
    e = xp.exp(
        x - xp.max(x, axis=axis, keepdims=True)
    )  # the shift keeps every exponent at or below 0
    return e / xp.sum(e, axis=axis, keepdims=True)


@kernel
@widened()
def softmax_backward(g: Array, y: Array, axis: int) -> Array:
    """The value y (g - sum(g y)), the Jacobian of softmax times g."""
    xp = namespace(g)
    gy = g * y
    return gy - y * xp.sum(gy, axis=axis, keepdims=True)


@kernel
@widened()
def log_softmax(x: Array, axis: int) -> Array:
    """The value x - log(sum(exp(x))) along `axis`, without overflow."""
    xp = namespace(x)
    if not x.size:
        return x
    z = x - xp.max(x, axis=axis, keepdims=True)
    return z - xp.log(xp.sum(xp.exp(z), axis=axis, keepdims=True))


@kernel
@widened()
def log_softmax_backward(g: Array, y: Array, axis: int) -> Array:
    """The value g - exp(y) sum(g)."""
    xp = namespace(g)
    return g - xp.exp(y) * xp.sum(g, axis=axis, keepdims=True)
