"""Whole numbers from broken ones; the gradient of every step function is 0."""

from __future__ import annotations

from typing import Any

from nt_tensor import is_array, namespace

from ..primitive import primitive
from ._zeros_of import zeros_of

__all__ = ["ceil", "floor", "floor_divide", "remainder", "round", "sign", "trunc"]


@primitive
def floor(x: Any, /) -> Any:
    """The largest whole number not above $x$, element by element.

    Example:
        >>> from nt_autograd import tensor
        >>> floor(tensor([-1.5, 1.5]))
        tensor([-2.,  1.])

    Source: PyTorch's `torch.floor`.
    """
    return namespace(x).floor(x)


@floor.backward
def _(g: Any) -> Any:
    return zeros_of(g)


@primitive
def ceil(x: Any, /) -> Any:
    """The smallest whole number not below $x$, element by element.

    Example:
        >>> from nt_autograd import tensor
        >>> ceil(tensor([-1.5, 1.5]))
        tensor([-1.,  2.])

    Source: PyTorch's `torch.ceil`.
    """
    return namespace(x).ceil(x)


@ceil.backward
def _(g: Any) -> Any:
    return zeros_of(g)


@primitive
def round(x: Any, /) -> Any:
    """The nearest whole number, element by element; halves go to the even one.

    Example:
        >>> from nt_autograd import tensor
        >>> round(tensor([0.5, 1.5, 1.6]))
        tensor([0., 2., 2.])

    Source: PyTorch's `torch.round`.
    """
    return namespace(x).round(x)


@round.backward
def _(g: Any) -> Any:
    return zeros_of(g)


@primitive
def trunc(x: Any, /) -> Any:
    """The whole number next to $x$ on the side of 0, element by element.

    Example:
        >>> from nt_autograd import tensor
        >>> trunc(tensor([-1.5, 1.5]))
        tensor([-1.,  1.])

    Source: PyTorch's `torch.trunc`.
    """
    return namespace(x).trunc(x)


@trunc.backward
def _(g: Any) -> Any:
    return zeros_of(g)


@primitive
def sign(x: Any, /) -> Any:
    """-1, 0 or 1, as $x$ is negative, zero or positive, element by element; NaN stays NaN.

    Example:
        >>> from nt_autograd import tensor
        >>> sign(tensor([-3.0, 0.0, 2.0]))
        tensor([-1.,  0.,  1.])

    Source: PyTorch's `torch.sgn`.
    """
    return namespace(x).sign(x)


@sign.backward
def _(g: Any) -> Any:
    return zeros_of(g)


@primitive(promotes=True)
def floor_divide(a: Any, b: Any, /) -> Any:
    r"""The quotient rounded down, $\lfloor a / b \rfloor$, element by element, broadcasting.

    Example:
        >>> from nt_autograd import tensor
        >>> floor_divide(tensor([-7, 7]), 2)
        tensor([-4,  3])

    Source: PyTorch's `torch.floor_divide`.
    """
    return namespace(a if is_array(a) else b).floor_divide(a, b)


@floor_divide.backward
def _(g: Any) -> Any:
    return zeros_of(g), zeros_of(g)


@primitive(promotes=True)
def remainder(a: Any, b: Any, /) -> Any:
    r"""What division leaves, $a - b \lfloor a / b \rfloor$, with the sign of $b$, broadcasting.

    $\partial y/\partial a = 1$, $\partial y/\partial b = -\lfloor a / b \rfloor$.

    Example:
        >>> from nt_autograd import tensor
        >>> remainder(tensor([-7.0, 7.0]), 3)
        tensor([2., 1.])

    Source: PyTorch's `torch.remainder`.
    """
    return namespace(a if is_array(a) else b).remainder(a, b)


@remainder.backward
def _(g: Any, a: Any, b: Any, needs: tuple[bool, bool]) -> Any:
    return g, -g * floor_divide(a, b) if needs[1] else None
