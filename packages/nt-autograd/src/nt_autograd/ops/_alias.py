"""alias: the same value under a new node."""

from __future__ import annotations

from typing import Any

from ..cost import free
from ..primitive import primitive

__all__ = ["alias"]


@primitive
def alias(x: Any, /) -> Any:
    """The value itself, $y = x$, as an op of its own.

    Example:
        >>> from nt_autograd import tensor
        >>> alias(tensor([1.0, 2.0]))
        tensor([1., 2.])

    Source: PyTorch's `Tensor.alias`.
    """
    return x


@alias.backward
def _(g: Any) -> Any:
    return g


alias.cost(free)
