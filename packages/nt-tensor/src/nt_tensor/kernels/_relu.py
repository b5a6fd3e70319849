"""The rectifier and its way back."""

from __future__ import annotations

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel
from nt_tensor.kernels._where import where

__all__ = ["relu", "relu_backward"]


@kernel
def relu(x: Array) -> Array:
    """The larger of x and 0."""
    return namespace(x).maximum(x, 0)


@kernel
def relu_backward(g: Array, y: Array) -> Array:
    """The gradient where the output y is not 0; a NaN lets it through."""
    return where(y <= 0, 0.0, g)
