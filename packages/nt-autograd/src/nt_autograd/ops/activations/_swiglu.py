"""swiglu: a gated activation."""

from __future__ import annotations

from math import prod
from typing import Any

from nt_tensor import kernels

from ...primitive import primitive
from .._floating import check_floating
from ._sigmoid import sigmoid

__all__ = ["swiglu"]


@primitive(promotes=True)
def swiglu(gate: Any, value: Any, /) -> Any:
    r"""Gate through SiLU, times a value.

    $$y = \mathrm{gate}\;\sigma(\mathrm{gate})\;\mathrm{value}$$

    Args:
        gate: any shape.
        value: the shape of `gate`.

    Raises:
        ValueError: the shapes differ.
        TypeError: they are not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> swiglu(tensor([0.0, 100.0]), tensor([3.0, 3.0]))
        tensor([  0., 300.])

    Source: Shazeer, GLU Variants Improve Transformer (2020), equation 5.
    """
    if gate.shape != value.shape:
        raise ValueError(f"gate and value must have one shape, got {gate.shape} and {value.shape}")
    check_floating("gate", gate)
    return kernels.swiglu(gate, value)


@swiglu.backward
def _(g: Any, gate: Any, value: Any) -> Any:
    return _swiglu_backward(g, gate, value)


@primitive(outputs=True)
def _swiglu_backward(g: Any, gate: Any, value: Any, /) -> Any:
    """The gradients with respect to gate and value."""
    return kernels.swiglu_backward(g, gate, value)


@_swiglu_backward.cost
def _(g_shape: tuple[int, ...]) -> int:
    return 8 * prod(g_shape)  # each product, sum and difference, and the sigmoid


@swiglu.composed
def _(gate: Any, value: Any) -> Any:
    return gate * sigmoid(gate) * value
