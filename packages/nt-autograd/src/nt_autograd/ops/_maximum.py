"""The larger or smaller of two numbers, bounds, and the size of a number."""

from __future__ import annotations

from typing import Any

from nt_tensor import is_array, namespace

from ..cost import each_input
from ..primitive import primitive
from ..tensor import Tensor
from ._rounding import sign
from ._where import where

__all__ = ["abs", "clamp", "clip", "maximum", "minimum"]


@primitive(promotes=True)
def maximum(a: Any, b: Any, /) -> Any:
    """The larger of two numbers, element by element, broadcasting; NaN if one is.

    The gradient goes to the larger one, and half to each where they are equal.

    Example:
        >>> from nt_autograd import tensor
        >>> maximum(tensor([1.0, 5.0]), tensor([3.0, 2.0]))
        tensor([3., 5.])

    Source: PyTorch's `torch.maximum`.
    """
    return namespace(a if is_array(a) else b).maximum(a, b)


@maximum.backward
def _(g: Any, a: Any, b: Any, needs: tuple[bool, bool]) -> Any:
    shared = where(a == b, g * 0.5, g)
    return (
        where(a < b, 0, shared) if needs[0] else None,
        where(b < a, 0, shared) if needs[1] else None,
    )


@primitive(promotes=True)
def minimum(a: Any, b: Any, /) -> Any:
    """The smaller of two numbers, element by element, broadcasting; NaN if one is.

    The gradient goes to the smaller one, and half to each where they are equal.

    Example:
        >>> from nt_autograd import tensor
        >>> minimum(tensor([1.0, 5.0]), tensor([3.0, 2.0]))
        tensor([1., 2.])

    Source: PyTorch's `torch.minimum`.
    """
    return namespace(a if is_array(a) else b).minimum(a, b)


@minimum.backward
def _(g: Any, a: Any, b: Any, needs: tuple[bool, bool]) -> Any:
    shared = where(a == b, g * 0.5, g)
    return (
        where(a > b, 0, shared) if needs[0] else None,
        where(b > a, 0, shared) if needs[1] else None,
    )


def clip(x: Any, min: Any = None, max: Any = None) -> Any:
    r"""Keep a number inside of bounds, $y = \min(\max(x, l), u)$, element by element.

    The gradient is 1 from bound to bound, both included, and 0 outside.

    Args:
        x: any shape.
        min: the lower bound: a number, a tensor that broadcasts, or None.
        max: the upper bound, likewise.

    Raises:
        ValueError: both bounds are None.

    Example:
        >>> from nt_autograd import tensor
        >>> clip(tensor([-2.0, 0.5, 7.0]), 0, 1)
        tensor([0. , 0.5, 1. ])

    Source: PyTorch's `torch.clip`.
    """
    if min is None and max is None:
        raise ValueError("clip needs min or max; both are None")
    if any(isinstance(bound, Tensor) or is_array(bound) for bound in (min, max)):
        x = x if min is None else maximum(x, min)
        return x if max is None else minimum(x, max)
    return _clip(x, min, max)


@primitive
def _clip(x: Any, /, low: float | None, high: float | None) -> Any:
    return namespace(x).clip(x, low, high)


@_clip.backward
def _(g: Any, x: Any, low: float | None, high: float | None) -> Any:
    if low is not None and high is not None:
        return where((x >= low) & (x <= high), g, 0)
    return where(x <= high if low is None else x >= low, g, 0)


_clip.cost(each_input)


def clamp(x: Any, min: Any = None, max: Any = None) -> Any:
    """Keep a number inside of bounds; another name of `clip`.

    Example:
        >>> from nt_autograd import tensor
        >>> clamp(tensor([-2.0, 7.0]), min=0)
        tensor([0., 7.])

    Source: PyTorch's `torch.clamp`.
    """
    return clip(x, min, max)


@primitive
def abs(x: Any, /) -> Any:
    """The size of a number, $y = |x|$, element by element; the gradient at 0 is 0.

    Example:
        >>> from nt_autograd import tensor
        >>> abs(tensor([-3.0, 2.0]))
        tensor([3., 2.])

    Source: PyTorch's `torch.abs`.
    """
    return namespace(x).abs(x)


@abs.backward
def _(g: Any, x: Any) -> Any:
    return g * sign(x)
