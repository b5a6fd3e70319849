"""linear: matrix product and bias in one op."""

from __future__ import annotations

from math import prod
from typing import Any

from nt_tensor import kernels, namespace

from ..cost import each_input
from ..primitive import primitive
from ._expand import expand
from ._matmul import matmul

__all__ = ["linear"]


@primitive(promotes=True)
def linear(x: Any, weight: Any, bias: Any = None, /) -> Any:
    r"""Affine map of the last axis, $y = x W^\top + b$.

    Args:
        x: (…, in_features).
        weight: (out_features, in_features).
        bias: (out_features,), or None.

    Returns:
        (…, out_features).

    Raises:
        ValueError: the last axis of `x` is not `in_features` long.

    Example:
        >>> from nt_autograd import tensor
        >>> linear(tensor([1.0, 2.0]), tensor([[3.0, 4.0]]), tensor([0.5]))
        tensor([11.5])

    Source: PyTorch's `torch.nn.functional.linear`.
    """
    if weight.ndim != 2 or not x.ndim or x.shape[-1] != weight.shape[-1]:
        raise ValueError(
            f"x (…, in) and weight (out, in) must share in, got {tuple(x.shape)} "
            f"and {tuple(weight.shape)}"
        )
    if bias is not None and tuple(bias.shape) != (weight.shape[0],):
        raise ValueError(f"bias must have shape ({weight.shape[0]},), got {tuple(bias.shape)}")
    y = kernels.linear(_rows(x), weight, bias)
    return y if x.ndim == 2 else namespace(x).reshape(y, (*x.shape[:-1], weight.shape[0]))


@linear.backward
def _(g: Any, x: Any, weight: Any, needs: tuple[bool, bool, bool]) -> Any:
    rows = _rows(g)  # (rows, out)
    gx = matmul(rows, weight).reshape(x.shape) if needs[0] else None
    gw = matmul(rows.T, _rows(x)) if needs[1] else None
    return gx, gw, column_sums(rows) if needs[2] else None


@linear.cost
def _(y_shape: tuple[int, ...], weight_shape: tuple[int, int], bias_shape: Any) -> int:
    return prod(y_shape) * (2 * weight_shape[1] + (bias_shape is not None))


def _rows(x: Any) -> Any:
    """(…, n) as (rows, n): one large product is faster than many small ones."""
    return x if x.ndim == 2 else x.reshape((prod(x.shape[:-1]), x.shape[-1]))


@primitive
def column_sums(x: Any, /) -> Any:
    r"""Sums over the rows, $y_j = \sum_i x_{ij}$: the gradient of a bias.

    Example:
        >>> from nt_autograd import tensor
        >>> column_sums(tensor([[1.0, 2.0], [3.0, 4.0]]))
        tensor([4., 6.])

    Source: PyTorch's `Tensor.sum(0)`.
    """
    return kernels.column_sums(x)


@column_sums.backward
def _(g: Any, x_shape: tuple[int, ...]) -> Any:
    return expand(g, x_shape)


column_sums.cost(each_input)
