"""Hyperbolic functions and their inverses."""

from __future__ import annotations

from typing import Any

from nt_tensor import namespace

from ..primitive import primitive
from ._exponential import rsqrt

__all__ = ["acosh", "asinh", "atanh", "cosh", "sinh", "tanh"]


@primitive(promotes=True)
def sinh(x: Any, /) -> Any:
    r"""Element-wise hyperbolic sine, $y' = \cosh x$.

    Example:
        >>> from nt_autograd import tensor
        >>> sinh(tensor([0.0, float("inf")]))
        tensor([ 0., inf])

    Source: PyTorch's `torch.sinh`.
    """
    return namespace(x).sinh(x)


@sinh.backward
def _(g: Any, x: Any) -> Any:
    return g * cosh(x)


@primitive(promotes=True)
def cosh(x: Any, /) -> Any:
    r"""Element-wise hyperbolic cosine, $y' = \sinh x$.

    Example:
        >>> from nt_autograd import tensor
        >>> cosh(tensor([0.0, float("-inf")]))
        tensor([ 1., inf])

    Source: PyTorch's `torch.cosh`.
    """
    return namespace(x).cosh(x)


@cosh.backward
def _(g: Any, x: Any) -> Any:
    return g * sinh(x)


@primitive(promotes=True)
def tanh(x: Any, /) -> Any:
    r"""Element-wise hyperbolic tangent, $y' = 1 - y^2$.

    Example:
        >>> from nt_autograd import tensor
        >>> tanh(tensor([0.0, 100.0]))
        tensor([0., 1.])

    Source: PyTorch's `torch.tanh`.
    """
    return namespace(x).tanh(x)


@tanh.backward
def _(g: Any, y: Any) -> Any:
    return g * (1 - y * y)


@primitive(promotes=True)
def asinh(x: Any, /) -> Any:
    r"""Element-wise inverse of `sinh`, $y' = 1/\sqrt{x^2 + 1}$.

    Example:
        >>> from nt_autograd import tensor
        >>> asinh(tensor([0.0, float("inf")]))
        tensor([ 0., inf])

    Source: PyTorch's `torch.asinh`.
    """
    return namespace(x).asinh(x)


@asinh.backward
def _(g: Any, x: Any) -> Any:
    return g * rsqrt(x * x + 1)


@primitive(promotes=True)
def acosh(x: Any, /) -> Any:
    r"""Element-wise inverse of `cosh`, from 1 on; $y' = 1/\sqrt{x^2 - 1}$.

    Example:
        >>> from nt_autograd import tensor
        >>> acosh(tensor([1.0, float("inf")]))
        tensor([ 0., inf])

    Source: PyTorch's `torch.acosh`.
    """
    return namespace(x).acosh(x)


@acosh.backward
def _(g: Any, x: Any) -> Any:
    return g * rsqrt(x * x - 1)


@primitive(promotes=True)
def atanh(x: Any, /) -> Any:
    r"""Element-wise inverse of `tanh`, from -1 to 1; $y' = 1/(1 - x^2)$.

    Example:
        >>> from nt_autograd import tensor
        >>> atanh(tensor([0.0]))
        tensor([0.])

    Source: PyTorch's `torch.atanh`.
    """
    return namespace(x).atanh(x)


@atanh.backward
def _(g: Any, x: Any) -> Any:
    return g / (1 - x * x)
