"""Gated linear units: one half of an axis lets the other through."""

from __future__ import annotations

from typing import Any

from .._axes import axis_of
from .._concat import split
from ._gelu import gelu
from ._relu import relu
from ._sigmoid import sigmoid

__all__ = ["geglu", "glu", "halves", "reglu"]


def glu(x: Any, dim: int = -1) -> Any:
    r"""Gated linear unit, $y = a\,\sigma(b)$, where $a$ and $b$ are the halves of $x$ along `dim`.

    $\partial y/\partial a = \sigma(b)$, $\partial y/\partial b = a\,\sigma(b)(1 - \sigma(b))$. A
    layer before it is twice as wide as what it gives: $(xW + c)\,\sigma(xV + d)$.

    Args:
        x: floating point; axis `dim` has an even length.
        dim: the axis that is halved. The second half is the gate, in all gated units here.

    Raises:
        ValueError: the axis cannot be halved.
        IndexError: `x` has no axis `dim`.

    Example:
        >>> from nt_autograd import tensor
        >>> glu(tensor([3.0, 5.0, 0.0, 100.0]))
        tensor([1.5, 5. ])

    Source: Dauphin et al., Language Modeling with Gated Convolutional Networks (2017); PyTorch's
        `torch.nn.functional.glu`.
    """
    value, gate = halves("glu", x, dim)
    return value * sigmoid(gate)


def geglu(x: Any, dim: int = -1, approximate: str = "none") -> Any:
    r"""Gated linear unit with GELU, $y = a\,\mathrm{gelu}(b)$, $a$ and $b$ the halves along `dim`.

    The feed-forward layers of T5 v1.1 (with "tanh") and of diffusion models have it.

    Args:
        x: floating point; axis `dim` has an even length.
        dim: the axis that is halved. The second half is the gate.
        approximate: "none" or "tanh", as in `gelu`.

    Raises:
        ValueError: the axis cannot be halved, or `approximate` is neither.
        IndexError: `x` has no axis `dim`.

    Example:
        >>> from nt_autograd import tensor
        >>> geglu(tensor([3.0, 5.0, 0.0, 100.0]))
        tensor([  0., 500.])

    Source: Shazeer, GLU Variants Improve Transformer (2020), equation 5.
    """
    value, gate = halves("geglu", x, dim)
    return value * gelu(gate, approximate)


def reglu(x: Any, dim: int = -1) -> Any:
    r"""Gated linear unit with a rectifier, $y = a \max(b, 0)$, $a$ and $b$ the halves along `dim`.

    Args:
        x: floating point; axis `dim` has an even length.
        dim: the axis that is halved. The second half is the gate.

    Raises:
        ValueError: the axis cannot be halved.
        IndexError: `x` has no axis `dim`.

    Example:
        >>> from nt_autograd import tensor
        >>> reglu(tensor([3.0, 5.0, -1.0, 100.0]))
        tensor([  0., 500.])

    Source: Shazeer, GLU Variants Improve Transformer (2020), equation 5.
    """
    value, gate = halves("reglu", x, dim)
    return value * relu(gate)


def halves(name: str, x: Any, dim: int) -> tuple[Any, Any]:
    """The first and the second half of x along an axis; `name` is for the error message.

    Raises:
        ValueError: the axis has an odd length, or there is none.
    """
    axis = axis_of(dim, x.ndim)
    if not x.ndim or x.shape[axis] % 2:
        raise ValueError(
            f"{name} halves axis {dim} of x, whose length must be even; x has shape "
            f"{tuple(x.shape)}"
        )
    half = x.shape[axis] // 2
    first, second = split(x, (half, half), axis)
    return first, second
