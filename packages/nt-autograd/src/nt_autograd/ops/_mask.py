"""What a mask selects: results whose length depends on values."""

from __future__ import annotations

from math import prod
from typing import Any

from nt_tensor import dtype_of, get_at, namespace

from ..primitive import primitive
from ..tensor import Tensor
from ._expand import expand
from ._getitem import getitem

__all__ = ["masked_select", "nonzero"]


@primitive
def nonzero(input: Any, /) -> Any:
    """The indices of all elements that are not zero, in row-major order.

    Args:
        input: any shape and dtype.

    Returns:
        int64 (count, axes), one row an element.

    Example:
        >>> from nt_autograd import tensor
        >>> nonzero(tensor([[0.0, 5.0], [7.0, 0.0]]))
        tensor([[0, 1], [1, 0]])

    Source: PyTorch's `torch.nonzero`.
    """
    xp = namespace(input)
    hits = xp.reshape(input != 0, (prod(input.shape),))
    flat = get_at(xp.arange(prod(input.shape)), hits)
    columns = []
    for n in reversed(input.shape):
        columns.append(flat % max(n, 1))
        flat = flat // max(n, 1)
    if not columns:  # a number: one row without columns, or none
        return xp.zeros((flat.shape[0], 0), dtype=xp.int64)
    return xp.stack(columns[::-1], axis=-1)


@nonzero.cost
def _(input_shape: tuple[int, ...]) -> int:
    return prod(input_shape)


def masked_select(input: Any, mask: Any) -> Any:
    """The elements of `input` where `mask` is true, in row-major order; both broadcast.

    Args:
        input: any shape.
        mask: booleans of a shape that broadcasts with `input`.

    Returns:
        One axis, as long as the mask has true elements.

    Raises:
        TypeError: `mask` does not hold booleans.

    Example:
        >>> from nt_autograd import tensor
        >>> x = tensor([[1.0, -2.0], [-3.0, 4.0]])
        >>> masked_select(x, x > 0)
        tensor([1., 4.])

    Source: PyTorch's `torch.masked_select`.
    """
    hits = mask.data if isinstance(mask, Tensor) else mask
    if dtype_of(hits).kind != "bool":
        raise TypeError(f"masked_select: mask must hold booleans, not {dtype_of(hits)}")
    array = input.data if isinstance(input, Tensor) else input
    xp = namespace(hits)
    shape = tuple(xp.broadcast_arrays(hits, xp.zeros(tuple(array.shape), dtype=xp.bool))[0].shape)
    return getitem(expand(input, shape), xp.broadcast_to(hits, shape))
