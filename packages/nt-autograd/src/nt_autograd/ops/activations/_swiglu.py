"""swiglu: a gated activation."""

from __future__ import annotations

from math import prod
from typing import Any

from nt_tensor import kernels

from ...primitive import primitive
from .._floating import check_floating
from ._glu import halves
from ._sigmoid import sigmoid

__all__ = ["swiglu"]


def swiglu(gate: Any, value: Any = None, dim: int = -1) -> Any:
    r"""Gate through SiLU, times a value, in one pass over memory.

    $$y = \mathrm{gate}\;\sigma(\mathrm{gate})\;\mathrm{value}$$

    With $s = \sigma(\mathrm{gate})$: $\partial y/\partial \mathrm{value} = \mathrm{gate}\,s$ and
    $\partial y/\partial \mathrm{gate} = \mathrm{value}\,s (1 + \mathrm{gate}\,(1 - s))$. The
    feed-forward layer of LLaMA and its kin is `down(swiglu(gate(x), up(x)))`. One tensor is halved
    as in `glu`: its second half is the gate, so `swiglu(cat([up, gate]))` is `swiglu(gate, up)`.

    Args:
        gate: any shape, floating point; without `value`, axis `dim` has an even length.
        value: the shape of `gate`; None to take both from the halves of `gate`.
        dim: the axis that is halved; of no meaning with a `value`.

    Raises:
        ValueError: the shapes differ, or the axis cannot be halved.
        TypeError: they are not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> swiglu(tensor([0.0, 100.0]), tensor([3.0, 3.0]))
        tensor([  0., 300.])
        >>> swiglu(tensor([3.0, 3.0, 0.0, 100.0]))
        tensor([  0., 300.])

    Source: Shazeer, GLU Variants Improve Transformer (2020), equation 5.
    """
    if value is None:
        value, gate = halves("swiglu", gate, dim)
    return _swiglu(gate, value)


@primitive(promotes=True)
def _swiglu(gate: Any, value: Any, /) -> Any:
    """The op behind `swiglu`, with both halves there."""
    if gate.shape != value.shape:
        raise ValueError(f"gate and value must have one shape, got {gate.shape} and {value.shape}")
    check_floating("gate", gate)
    return kernels.swiglu(gate, value)


@_swiglu.backward
def _(g: Any, gate: Any, value: Any) -> Any:
    return _swiglu_backward(g, gate, value)


@primitive(outputs=True)
def _swiglu_backward(g: Any, gate: Any, value: Any, /) -> Any:
    """The gradients with respect to gate and value."""
    return kernels.swiglu_backward(g, gate, value)


@_swiglu_backward.cost
def _(g_shape: tuple[int, ...]) -> int:
    return 8 * prod(g_shape)  # each product, sum and difference, and the sigmoid


@_swiglu.composed
def _(gate: Any, value: Any) -> Any:
    return gate * sigmoid(gate) * value
