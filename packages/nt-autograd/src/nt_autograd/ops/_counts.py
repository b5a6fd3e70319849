"""Questions to all elements along axes: do all hold, does any, how many are not zero?"""

from __future__ import annotations

from typing import Any

from nt_tensor import namespace

from ..cost import each_input
from ..primitive import primitive
from ._axes import Dim, axes_of

__all__ = ["all", "any", "count_nonzero"]


@primitive
def all(x: Any, /, dim: Dim = None, keepdim: bool = False) -> Any:
    """Whether all elements along axes are true; of no elements all are.

    Args:
        x: any shape; numbers are true where they are not 0.
        dim: an axis, several, or None for all.
        keepdim: leave the axes there with length 1.

    Example:
        >>> from nt_autograd import tensor
        >>> all(tensor([[True, False], [True, True]]), dim=1)
        tensor([False,  True])

    Source: PyTorch's `torch.all`.
    """
    return namespace(x).all(x != 0, axis=axes_of(dim, x.ndim), keepdims=keepdim)


all.cost(each_input)


@primitive
def any(x: Any, /, dim: Dim = None, keepdim: bool = False) -> Any:
    """Whether one element along axes is true; of no elements none is.

    Args:
        x: any shape; numbers are true where they are not 0.
        dim: an axis, several, or None for all.
        keepdim: leave the axes there with length 1.

    Example:
        >>> from nt_autograd import tensor
        >>> any(tensor([[False, False], [True, False]]), dim=1)
        tensor([False,  True])

    Source: PyTorch's `torch.any`.
    """
    return namespace(x).any(x != 0, axis=axes_of(dim, x.ndim), keepdims=keepdim)


any.cost(each_input)


@primitive
def count_nonzero(x: Any, /, dim: Dim = None) -> Any:
    """How many elements along axes are not zero, int64.

    Args:
        x: any shape.
        dim: an axis, several, or None for all.

    Example:
        >>> from nt_autograd import tensor
        >>> count_nonzero(tensor([[1.0, 0.0], [2.0, 3.0]]), dim=0)
        tensor([2, 1])

    Source: PyTorch's `torch.count_nonzero`.
    """
    xp = namespace(x)
    return xp.sum(xp.astype(x != 0, xp.int64), axis=axes_of(dim, x.ndim))


count_nonzero.cost(each_input)
