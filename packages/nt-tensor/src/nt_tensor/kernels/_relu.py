"""Rectifiers, sharp, leaking and bounded, and their ways back.

These formulas say `clip(x, 0, inf)` rather than `maximum(x, 0)`: it is the same, and on NumPy three
times faster.
"""

from __future__ import annotations

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel
from nt_tensor.kernels._where import where
from nt_tensor.kernels._wide import widened

__all__ = [
    "hardswish",
    "hardswish_backward",
    "hardtanh_backward",
    "leaky_relu",
    "leaky_relu_backward",
    "relu",
    "relu_backward",
]

INF = float("inf")


@kernel
def relu(x: Array) -> Array:
    """The larger of x and 0."""
    return namespace(x).maximum(x, 0)


@kernel
def relu_backward(g: Array, y: Array) -> Array:
    """The gradient where the output y is not 0; a NaN lets it through."""
    return where(y <= 0, 0.0, g)


@kernel
def leaky_relu(x: Array, slope: float) -> Array:
    """The value x above 0, `slope` x below."""
    xp = namespace(x)
    return xp.clip(x, 0.0, INF) + xp.clip(x, -INF, 0.0) * slope


@kernel
def leaky_relu_backward(g: Array, x: Array, slope: float) -> Array:
    """The gradient above 0, `slope` times it from 0 down."""
    return where(x > 0, g, g * slope)


@kernel
def hardtanh_backward(g: Array, x: Array, low: float, high: float) -> Array:
    """The gradient where x lies between the bounds."""
    return where((x <= low) | (x >= high), 0.0, g)


@kernel
@widened()
def hardswish(x: Array) -> Array:
    """The value x times a gate that rises from 0 at -3 to 1 at 3."""
    return namespace(x).clip(x + 3.0, 0.0, 6.0) * (1.0 / 6.0) * x


@kernel
@widened()
def hardswish_backward(g: Array, x: Array) -> Array:
    """The gradient: times 0 up to -3, times x/3 + 1/2, times 1 from 3 on."""
    slope = where(x < 3.0, x * (1.0 / 3.0) + 0.5, 1.0)
    return g * where(x <= -3.0, 0.0, slope)
