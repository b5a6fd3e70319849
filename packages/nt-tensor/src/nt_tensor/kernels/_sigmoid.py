"""The logistic function and swish, and their ways back."""

from __future__ import annotations

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel
from nt_tensor.kernels._wide import widened

__all__ = ["sigmoid", "sigmoid_backward", "swish", "swish_backward"]


@kernel
@widened()
def sigmoid(x: Array) -> Array:
    """The value 1 / (1 + exp(-x)), right to the last digits in both tails.

    (1 + tanh(x/2)) / 2 is faster on some libraries, but has no digits left where it is near 0.
    """
    xp = namespace(x)
    e = xp.exp(-xp.abs(x))  # which cannot overflow
    return xp.where(x < 0, e, xp.ones_like(e)) / (e + 1.0)


@kernel
@widened()
def sigmoid_backward(g: Array, y: Array) -> Array:
    """The gradient with respect to the input, from the output y."""
    return g * (y * (1.0 - y))


@kernel
@widened()
def swish(x: Array, beta: float) -> Array:
    """The value x sigmoid(beta x)."""
    return x * sigmoid(x * beta)


@kernel
@widened()
def swish_backward(g: Array, x: Array, beta: float) -> Array:
    """The gradient with respect to x."""
    scaled = x * beta
    s = sigmoid(scaled)
    return g * (s * (scaled * (1.0 - s) + 1.0))
