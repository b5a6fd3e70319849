"""where: choose between two tensors, element by element."""

from __future__ import annotations

from typing import Any

from nt_tensor import dtype_of, is_array, kernels

from ..primitive import primitive
from ..tensor import Tensor
from ._promote import number_like, together

__all__ = ["masked_fill", "where"]


def where(condition: Any, input: Any, other: Any) -> Any:
    """Take `input` where `condition` holds and `other` elsewhere, broadcasting all three.

    The side that is not taken gets a gradient of exactly 0, even where it is infinite or NaN. (A
    NaN *derivative* on the way to it still gives NaN, as 0 times NaN is: keep bad values out of the
    function, not out of its result.)

    Args:
        condition: booleans.
        input: tensor or number. Of two dtypes the wider one wins; a number never widens.
        other: tensor or number.

    Example:
        >>> from nt_autograd import tensor
        >>> x = tensor([-1.0, 2.0])
        >>> where(x > 0, x, 0)
        tensor([0., 2.])

    Source: PyTorch's `torch.where`.
    """
    tensors = [each for each in (condition, input, other) if isinstance(each, Tensor)]
    if tensors and not (_settled(input, other) or _settled(other, input)):
        input, other = together(input, other)
        if isinstance(input, int | float) and isinstance(other, int | float):
            like = condition.data if isinstance(condition, Tensor) else condition
            input = number_like(input, number_like(other, like))
    return _where(condition, input, other)


def _settled(a: Any, b: Any) -> bool:
    """Whether `a` is a tensor that `b` may stand beside without a cast."""
    if not isinstance(a, Tensor):
        return False
    if isinstance(b, Tensor):
        return a.data.dtype is b.data.dtype
    return isinstance(b, int | float) and dtype_of(a.data).kind == "float"


@primitive
def _where(condition: Any, a: Any, b: Any, /) -> Any:
    return kernels.where(condition, a, b)


@_where.backward
def _(g: Any, condition: Any, needs: tuple[bool, bool, bool]) -> Any:
    _, a, b = needs
    return None, where(condition, g, 0) if a else None, where(condition, 0, g) if b else None


def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """Put `value` wherever `mask` is true.

    Args:
        input: any shape.
        mask: booleans of a shape that broadcasts with `input`.
        value: a number, or a tensor without dimensions.

    Example:
        >>> from nt_autograd import tensor
        >>> masked_fill(tensor([1.0, 2.0]), tensor([True, False]), float("-inf"))
        tensor([-inf,   2.])

    Source: PyTorch's `Tensor.masked_fill`.
    """
    if is_array(input) or not isinstance(value, Tensor):
        return _where(mask, value, input)
    return where(mask, value, input)
