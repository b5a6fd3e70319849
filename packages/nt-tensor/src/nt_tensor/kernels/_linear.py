"""A matrix product and a bias in one, and its way back."""

from __future__ import annotations

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel

__all__ = ["column_sums", "linear"]


@kernel
def linear(x: Array, weight: Array, bias: Array | None) -> Array:
    """The value x W^T + b for x (rows, in), weight (out, in), bias (out,)."""
    y = x @ weight.T
    return y if bias is None else y + bias


@kernel
def column_sums(x: Array) -> Array:
    """The sums over the rows of x (rows, columns): the gradient of a bias."""
    return namespace(x).sum(x, axis=0)
