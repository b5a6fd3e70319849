"""one_hot: classes as vectors of zeros with a single one."""

from __future__ import annotations

from math import prod
from typing import Any

from nt_tensor import dtype_of, namespace

from ..primitive import primitive
from ._bounds import check_index

__all__ = ["one_hot"]


@primitive
def one_hot(input: Any, /, num_classes: int = -1) -> Any:
    """A one at each class and zeros elsewhere, $y_{i c} = [x_i = c]$, as integers.

    Args:
        input: integers (…), each from 0 to num_classes - 1.
        num_classes: how many there are; -1 takes the largest that occurs.

    Returns:
        int64 (…, num_classes).

    Raises:
        IndexError: a class is out of range.
        TypeError: `input` does not hold integers.
        ValueError: `input` is empty and `num_classes` is not given.

    Example:
        >>> from nt_autograd import tensor
        >>> one_hot(tensor([0, 2]), 3)
        tensor([[1, 0, 0], [0, 0, 1]])

    Source: PyTorch's `torch.nn.functional.one_hot`.
    """
    xp = namespace(input)
    if num_classes < 0 and dtype_of(input).kind in ("int", "uint"):
        if not input.size:
            raise ValueError("num_classes must be given where there is no class to count")
        num_classes = int(xp.max(input)) + 1
    check_index("class", input, num_classes)
    return xp.astype(input[..., None] == xp.arange(num_classes), xp.int64)


@one_hot.cost
def _(y_shape: tuple[int, ...]) -> int:
    return prod(y_shape)
