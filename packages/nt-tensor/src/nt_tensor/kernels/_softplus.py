"""What is made of exponentials: softplus, mish, the exponential linear units, their ways back."""

from __future__ import annotations

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel
from nt_tensor.kernels._sigmoid import sigmoid
from nt_tensor.kernels._where import where
from nt_tensor.kernels._wide import widened

__all__ = [
    "FLAT",
    "elu",
    "elu_backward",
    "mish",
    "mish_backward",
    "softplus",
    "softplus_backward",
]

INF = float("inf")
FLAT = 30.0  # from here on mish is a line to the last bit of float64


@kernel
@widened()
def softplus(x: Array, beta: float, threshold: float) -> Array:
    """The value log(1 + exp(beta x)) / beta; x where beta x is above the threshold."""
    xp, scaled = namespace(x), x * beta
    bent = xp.log1p(xp.exp(-xp.abs(scaled))) * (1.0 / beta)
    y = (xp.clip(x, 0.0, INF) if beta > 0 else xp.clip(x, -INF, 0.0)) + bent
    return y if threshold == INF else where(scaled > threshold, x, y)


@kernel
@widened()
def softplus_backward(g: Array, x: Array, beta: float, threshold: float) -> Array:
    """The gradient times sigmoid(beta x); the gradient itself above the threshold."""
    scaled = x * beta
    return where(scaled > threshold, g, g * sigmoid(scaled))


@kernel
@widened()
def mish(x: Array) -> Array:
    """The value x tanh(softplus(x)), as x n / (n + 2) with n = exp(x) (exp(x) + 2)."""
    xp = namespace(x)
    e = xp.exp(xp.clip(x, -INF, FLAT))
    n = e * (e + 2.0)
    return x * (n / (n + 2.0))


@kernel
@widened()
def mish_backward(g: Array, x: Array) -> Array:
    """The gradient times n / (n + 2) + 4 x e (e + 1) / (n + 2)^2, with e = exp(x)."""
    xp = namespace(x)
    near = xp.clip(x, -INF, FLAT)
    e = xp.exp(near)
    n = e * (e + 2.0)
    inverse = 1.0 / (n + 2.0)
    return g * (n / (n + 2.0) + near * ((e * (e + 1.0)) * inverse * (inverse * 4.0)))


@kernel
@widened()
def elu(x: Array, scale: float, low: float, rate: float) -> Array:
    """The value `scale` x above 0, `low` (exp(`rate` x) - 1) from 0 down."""
    xp = namespace(x)
    below = xp.expm1(xp.clip(x, -INF, 0.0) * rate) * low
    return xp.clip(x, 0.0, INF) * scale + below


@kernel
@widened()
def elu_backward(g: Array, x: Array, scale: float, low: float, rate: float) -> Array:
    """The gradient times `scale` above 0, times `low` `rate` exp(`rate` x) from 0 down."""
    xp = namespace(x)
    below = xp.exp(xp.clip(x, -INF, 0.0) * rate) * (low * rate)
    return g * where(x <= 0, below, scale)
