"""Comparisons, element by element: booleans, which have no gradient."""

from __future__ import annotations

from typing import Any

from ..primitive import primitive

__all__ = ["eq", "ge", "gt", "le", "lt", "ne"]


@primitive(promotes=True)
def eq(a: Any, b: Any, /) -> Any:
    """Whether $a = b$, element by element, broadcasting.

    Example:
        >>> from nt_autograd import tensor
        >>> eq(tensor([1.0, 2.0]), 2)
        tensor([False,  True])

    Source: PyTorch's `torch.eq`.
    """
    return a == b


@primitive(promotes=True)
def ne(a: Any, b: Any, /) -> Any:
    r"""Whether $a \ne b$, element by element, broadcasting; NaN differs from everything.

    Example:
        >>> from nt_autograd import tensor
        >>> ne(tensor([1.0, 2.0]), 2)
        tensor([ True, False])

    Source: PyTorch's `torch.ne`.
    """
    return a != b


@primitive(promotes=True)
def lt(a: Any, b: Any, /) -> Any:
    """Whether $a < b$, element by element, broadcasting.

    Example:
        >>> from nt_autograd import tensor
        >>> lt(tensor([1.0, 2.0]), 2)
        tensor([ True, False])

    Source: PyTorch's `torch.lt`.
    """
    return a < b


@primitive(promotes=True)
def le(a: Any, b: Any, /) -> Any:
    r"""Whether $a \le b$, element by element, broadcasting.

    Example:
        >>> from nt_autograd import tensor
        >>> le(tensor([1.0, 2.0]), 2)
        tensor([ True,  True])

    Source: PyTorch's `torch.le`.
    """
    return a <= b


@primitive(promotes=True)
def gt(a: Any, b: Any, /) -> Any:
    """Whether $a > b$, element by element, broadcasting.

    Example:
        >>> from nt_autograd import tensor
        >>> gt(tensor([1.0, 2.0]), 1)
        tensor([False,  True])

    Source: PyTorch's `torch.gt`.
    """
    return a > b


@primitive(promotes=True)
def ge(a: Any, b: Any, /) -> Any:
    r"""Whether $a \ge b$, element by element, broadcasting.

    Example:
        >>> from nt_autograd import tensor
        >>> ge(tensor([1.0, 2.0]), 1)
        tensor([ True,  True])

    Source: PyTorch's `torch.ge`.
    """
    return a >= b
