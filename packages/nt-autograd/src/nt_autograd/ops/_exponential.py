"""Exponentials, logarithms and roots."""

from __future__ import annotations

from math import log as _ln
from typing import Any

from nt_tensor import namespace

from ..primitive import primitive

__all__ = ["exp", "exp2", "expm1", "log", "log10", "log1p", "log2", "reciprocal", "rsqrt", "sqrt"]


@primitive(promotes=True)
def exp(x: Any, /) -> Any:
    """Element-wise exponential, $y = e^x$, $y' = y$.

    Example:
        >>> from nt_autograd import tensor
        >>> exp(tensor([0.0, float("-inf")]))
        tensor([1., 0.])

    Source: PyTorch's `torch.exp`.
    """
    return namespace(x).exp(x)


@exp.backward
def _(g: Any, y: Any) -> Any:
    return g * y


@primitive(promotes=True)
def exp2(x: Any, /) -> Any:
    r"""Element-wise power of two, $y = 2^x$, $y' = y \ln 2$.

    Example:
        >>> from nt_autograd import tensor
        >>> exp2(tensor([-1.0, 3.0]))
        tensor([0.5, 8. ])

    Source: PyTorch's `torch.exp2`.
    """
    return 2.0**x


@exp2.backward
def _(g: Any, y: Any) -> Any:
    return g * y * _ln(2)


@primitive(promotes=True)
def expm1(x: Any, /) -> Any:
    """Element-wise $y = e^x - 1$, exact for small $x$ too; $y' = y + 1$.

    Example:
        >>> from nt_autograd import tensor
        >>> expm1(tensor([1e-8]))
        tensor([1.e-08])

    Source: PyTorch's `torch.expm1`.
    """
    return namespace(x).expm1(x)


@expm1.backward
def _(g: Any, y: Any) -> Any:
    return g * (y + 1)


@primitive(promotes=True)
def log(x: Any, /) -> Any:
    r"""Element-wise natural logarithm, $y = \ln x$, $y' = 1/x$; $-\infty$ at 0, NaN below.

    Example:
        >>> from nt_autograd import tensor
        >>> log(tensor([1.0, float("inf")]))
        tensor([ 0., inf])

    Source: PyTorch's `torch.log`.
    """
    return namespace(x).log(x)


@log.backward
def _(g: Any, x: Any) -> Any:
    return g / x


@primitive(promotes=True)
def log1p(x: Any, /) -> Any:
    r"""Element-wise $y = \ln(1 + x)$, exact for small $x$ too; $y' = 1/(1 + x)$.

    Example:
        >>> from nt_autograd import tensor
        >>> log1p(tensor([1e-8]))
        tensor([1.e-08])

    Source: PyTorch's `torch.log1p`.
    """
    return namespace(x).log1p(x)


@log1p.backward
def _(g: Any, x: Any) -> Any:
    return g / (x + 1)


@primitive(promotes=True)
def log2(x: Any, /) -> Any:
    r"""Element-wise logarithm to base 2, $y' = 1/(x \ln 2)$.

    Example:
        >>> from nt_autograd import tensor
        >>> log2(tensor([0.5, 8.0]))
        tensor([-1.,  3.])

    Source: PyTorch's `torch.log2`.
    """
    return namespace(x).log2(x)


@log2.backward
def _(g: Any, x: Any) -> Any:
    return g / (x * _ln(2))


@primitive(promotes=True)
def log10(x: Any, /) -> Any:
    r"""Element-wise logarithm to base 10, $y' = 1/(x \ln 10)$.

    Example:
        >>> from nt_autograd import tensor
        >>> log10(tensor([1.0, float("inf")]))
        tensor([ 0., inf])

    Source: PyTorch's `torch.log10`.
    """
    return namespace(x).log10(x)


@log10.backward
def _(g: Any, x: Any) -> Any:
    return g / (x * _ln(10))


@primitive(promotes=True)
def sqrt(x: Any, /) -> Any:
    r"""Element-wise square root, $y = \sqrt{x}$, $y' = 1/(2y)$; infinite slope at 0, NaN below.

    Example:
        >>> from nt_autograd import tensor
        >>> sqrt(tensor([4.0, 9.0]))
        tensor([2., 3.])

    Source: PyTorch's `torch.sqrt`.
    """
    return namespace(x).sqrt(x)


@sqrt.backward
def _(g: Any, y: Any) -> Any:
    return g / (y + y)


@primitive(promotes=True)
def rsqrt(x: Any, /) -> Any:
    r"""Element-wise $y = 1/\sqrt{x}$, $y' = -y^3/2$.

    Example:
        >>> from nt_autograd import tensor
        >>> rsqrt(tensor([4.0, 0.25]))
        tensor([0.5, 2. ])

    Source: PyTorch's `torch.rsqrt`.
    """
    return 1 / namespace(x).sqrt(x)


@rsqrt.backward
def _(g: Any, y: Any) -> Any:
    return g * (y * y * y) * -0.5


@primitive(promotes=True)
def reciprocal(x: Any, /) -> Any:
    r"""Element-wise $y = 1/x$, $y' = -y^2$; integers give float32.

    Example:
        >>> from nt_autograd import tensor
        >>> reciprocal(tensor([2.0, -4.0]))
        tensor([ 0.5 , -0.25])

    Source: PyTorch's `torch.reciprocal`.
    """
    return 1 / x


@reciprocal.backward
def _(g: Any, y: Any) -> Any:
    return -g * y * y
