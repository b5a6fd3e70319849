"""SwiGLU: a gate through SiLU times a value, and its way back."""

from __future__ import annotations

from nt_tensor.backend import Array
from nt_tensor.kernel import kernel
from nt_tensor.kernels._sigmoid import sigmoid
from nt_tensor.kernels._wide import widened

__all__ = ["swiglu", "swiglu_backward"]


@kernel
@widened()
def swiglu(gate: Array, value: Array) -> Array:
    """The value gate sigmoid(gate) value, element by element."""
    return gate * sigmoid(gate) * value


@kernel
@widened()
def swiglu_backward(g: Array, gate: Array, value: Array) -> tuple[Array, Array]:
    """Gradients with respect to gate and value."""
    s = sigmoid(gate)
    silu = gate * s
    return g * value * (s + silu * (1.0 - s)), g * silu
