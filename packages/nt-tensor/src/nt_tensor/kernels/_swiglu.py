"""SwiGLU: a gate through SiLU times a value, with what the way back needs."""

from __future__ import annotations

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel

__all__ = ["swiglu", "swiglu_backward"]


@kernel
def swiglu(gate: Array, value: Array) -> Array:
    """The value gate sigmoid(gate) value, element by element."""
    return gate * _sigmoid(gate) * value


@kernel
def swiglu_backward(g: Array, gate: Array, value: Array) -> tuple[Array, Array]:
    """Gradients with respect to gate and value."""
    s = _sigmoid(gate)
    silu = gate * s
    return g * value * (s + silu * (1.0 - s)), g * silu


def _sigmoid(x: Array) -> Array:
    return 0.5 * namespace(x).tanh(0.5 * x) + 0.5  # tanh cannot overflow
