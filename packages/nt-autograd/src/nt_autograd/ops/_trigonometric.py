"""Trigonometric functions and their inverses."""

from __future__ import annotations

from typing import Any

from nt_tensor import is_array, namespace

from ..primitive import primitive
from ._exponential import rsqrt

__all__ = ["acos", "asin", "atan", "atan2", "cos", "sin", "tan"]


@primitive(promotes=True)
def sin(x: Any, /) -> Any:
    r"""Element-wise sine of radians, $y' = \cos x$.

    Example:
        >>> from nt_autograd import tensor
        >>> sin(tensor([0.0, 1.5707964]))
        tensor([0., 1.])

    Source: PyTorch's `torch.sin`.
    """
    return namespace(x).sin(x)


@sin.backward
def _(g: Any, x: Any) -> Any:
    return g * cos(x)


@primitive(promotes=True)
def cos(x: Any, /) -> Any:
    r"""Element-wise cosine of radians, $y' = -\sin x$.

    Example:
        >>> from nt_autograd import tensor
        >>> cos(tensor([0.0, 3.1415927]))
        tensor([ 1., -1.])

    Source: PyTorch's `torch.cos`.
    """
    return namespace(x).cos(x)


@cos.backward
def _(g: Any, x: Any) -> Any:
    return -g * sin(x)


@primitive(promotes=True)
def tan(x: Any, /) -> Any:
    """Element-wise tangent of radians, $y' = 1 + y^2$.

    Example:
        >>> from nt_autograd import tensor
        >>> tan(tensor([0.0, 0.7853982]))
        tensor([0., 1.])

    Source: PyTorch's `torch.tan`.
    """
    return namespace(x).tan(x)


@tan.backward
def _(g: Any, y: Any) -> Any:
    return g * (y * y + 1)


@primitive(promotes=True)
def asin(x: Any, /) -> Any:
    r"""Element-wise inverse of `sin`, from -1 to 1; $y' = 1/\sqrt{1 - x^2}$.

    Example:
        >>> from nt_autograd import tensor
        >>> asin(tensor([0.0, 1.0]))
        tensor([0.       , 1.5707964])

    Source: PyTorch's `torch.asin`.
    """
    return namespace(x).asin(x)


@asin.backward
def _(g: Any, x: Any) -> Any:
    return g * rsqrt(1 - x * x)


@primitive(promotes=True)
def acos(x: Any, /) -> Any:
    r"""Element-wise inverse of `cos`, from -1 to 1; $y' = -1/\sqrt{1 - x^2}$.

    Example:
        >>> from nt_autograd import tensor
        >>> acos(tensor([1.0, -1.0]))
        tensor([0.       , 3.1415927])

    Source: PyTorch's `torch.acos`.
    """
    return namespace(x).acos(x)


@acos.backward
def _(g: Any, x: Any) -> Any:
    return -g * rsqrt(1 - x * x)


@primitive(promotes=True)
def atan(x: Any, /) -> Any:
    """Element-wise inverse of `tan`, $y' = 1/(1 + x^2)$.

    Example:
        >>> from nt_autograd import tensor
        >>> atan(tensor([0.0, 1.0]))
        tensor([0.       , 0.7853982])

    Source: PyTorch's `torch.atan`.
    """
    return namespace(x).atan(x)


@atan.backward
def _(g: Any, x: Any) -> Any:
    return g / (x * x + 1)


@primitive(promotes=True)
def atan2(a: Any, b: Any, /) -> Any:
    r"""The angle of the point $(b, a)$, element by element: $\tan y = a / b$ in the right quadrant.

    $\partial y/\partial a = b/(a^2 + b^2)$, $\partial y/\partial b = -a/(a^2 + b^2)$.

    Example:
        >>> from nt_autograd import tensor
        >>> atan2(tensor([0.0, 0.0]), tensor([1.0, -1.0])) * (180 / 3.14159265)
        tensor([  0., 180.])

    Source: PyTorch's `torch.atan2`.
    """
    return namespace(a if is_array(a) else b).atan2(a, b)


@atan2.backward
def _(g: Any, a: Any, b: Any) -> Any:
    scaled = g / (a * a + b * b)
    return scaled * b, -scaled * a
