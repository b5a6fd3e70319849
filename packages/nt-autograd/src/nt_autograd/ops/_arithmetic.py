"""Sum, difference, product, quotient, negation: the four operations and the sign."""

from __future__ import annotations

from typing import Any

import nt_tensor
from nt_tensor import result_type

from ..primitive import primitive

__all__ = ["add", "div", "mul", "neg", "sub"]


@primitive(promotes=True)
def add(a: Any, b: Any, /) -> Any:
    """Element-wise sum, $y = a + b$, broadcasting.

    Args:
        a: any shape and dtype.
        b: a shape that broadcasts with that of `a`. Of two dtypes the wider one wins; a Python
            number never widens.

    Example:
        >>> from nt_autograd import tensor
        >>> add(tensor([1.0, 2.0]), 10)
        tensor([11., 12.])

    Source: PyTorch's `torch.add`.
    """
    return a + b


@add.backward
def _(g: Any) -> Any:
    return g, g


@primitive(promotes=True)
def sub(a: Any, b: Any, /) -> Any:
    """Element-wise difference, $y = a - b$, broadcasting.

    Example:
        >>> from nt_autograd import tensor
        >>> sub(tensor([1.0, 2.0]), tensor([3.0]))
        tensor([-2., -1.])

    Source: PyTorch's `torch.sub`.
    """
    return a - b


@sub.backward
def _(g: Any) -> Any:
    return g, -g


@primitive(promotes=True)
def mul(a: Any, b: Any, /) -> Any:
    r"""Element-wise product, $y = a b$, broadcasting. $\partial y/\partial a = b$.

    Example:
        >>> from nt_autograd import tensor
        >>> mul(tensor([1.0, 2.0]), tensor([3.0, 4.0]))
        tensor([3., 8.])

    Source: PyTorch's `torch.mul`.
    """
    return a * b


@mul.backward
def _(g: Any, a: Any, b: Any, needs: tuple[bool, bool]) -> Any:
    return g * b if needs[0] else None, g * a if needs[1] else None


@primitive(promotes=True)
def div(a: Any, b: Any, /) -> Any:
    r"""Element-wise true quotient, $y = a / b$, broadcasting; integers give float32.

    $\partial y/\partial a = 1/b$, $\partial y/\partial b = -y/b$.

    Example:
        >>> from nt_autograd import tensor
        >>> div(tensor([1.0, 3.0]), 2)
        tensor([0.5, 1.5])

    Source: PyTorch's `torch.div`.
    """
    y = a / b
    like = b if type(a) is float or type(a) is int else a
    return y if y.dtype is like.dtype else _narrow(y, a, b)


@div.backward
def _(g: Any, b: Any, y: Any, needs: tuple[bool, bool]) -> Any:
    scaled = g / b
    return scaled, -scaled * y if needs[1] else None


def _narrow(y: Any, a: Any, b: Any) -> Any:
    """The quotient in the dtype that promotion gives, where the library gave a wider one."""
    return nt_tensor.astype(y, result_type(a, b, 1.0))


@primitive
def neg(x: Any, /) -> Any:
    """Element-wise negation, $y = -x$.

    Example:
        >>> from nt_autograd import tensor
        >>> neg(tensor([1.0, -2.0]))
        tensor([-1.,  2.])

    Source: PyTorch's `torch.neg`.
    """
    return -x


@neg.backward
def _(g: Any) -> Any:
    return -g
