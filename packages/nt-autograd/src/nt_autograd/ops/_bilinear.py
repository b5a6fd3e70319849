"""bilinear: a form in two vectors for every output."""

from __future__ import annotations

from math import prod
from typing import Any

from ._einsum import einsum
from ._matmul import matmul
from ._reshape import reshape

__all__ = ["bilinear"]


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    r"""A bilinear form for every output, $y_o = x_1^\top W_o \, x_2 + b_o$.

    Args:
        input1: $x_1$, (…, in1).
        input2: $x_2$, (…, in2), with the same axes in front.
        weight: (out, in1, in2).
        bias: (out,), or None.

    Returns:
        (…, out).

    Raises:
        ValueError: a shape does not fit.

    Example:
        >>> from nt_autograd import tensor
        >>> bilinear(tensor([1.0, 2.0]), tensor([3.0]), tensor([[[1.0], [10.0]]]))
        tensor([63.])

    Source: PyTorch's `torch.nn.functional.bilinear`.
    """
    first, second, table = tuple(input1.shape), tuple(input2.shape), tuple(weight.shape)
    if len(table) != 3 or not first or not second or (first[-1], second[-1]) != table[1:]:
        raise ValueError(
            f"bilinear: input1 (…, in1), input2 (…, in2) and weight (out, in1, in2) must share "
            f"in1 and in2, got {first}, {second} and {table}"
        )
    if first[:-1] != second[:-1]:
        raise ValueError(
            f"bilinear: input1 {first} and input2 {second} must agree in all axes but the last"
        )
    if bias is not None and tuple(bias.shape) != table[:1]:
        raise ValueError(f"bilinear: bias has shape {tuple(bias.shape)}, not {table[:1]}")
    rows = prod(first[:-1])
    forms = einsum("ni,oij->noj", reshape(input1, (rows, first[-1])), weight)
    y = reshape(matmul(forms, reshape(input2, (rows, second[-1], 1))), (*first[:-1], table[0]))
    return y if bias is None else y + bias
