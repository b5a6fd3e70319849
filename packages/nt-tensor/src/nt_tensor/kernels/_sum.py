"""Sums over axes."""

from __future__ import annotations

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel
from nt_tensor.kernels._wide import widened

__all__ = ["sum_axes"]


@kernel
@widened()
def sum_axes(x: Array, axes: tuple[int, ...], keepdims: bool) -> Array:
    """The sum over axes, which are counted from the front and ascend."""
    return namespace(x).sum(x, axis=axes, keepdims=keepdims)
