"""Sums and means over axes."""

from __future__ import annotations

from typing import Any

from nt_tensor import dtype_of, kernels, namespace
from nt_tensor.kernels import widened

from ..cost import each_input
from ..primitive import primitive
from ._axes import Dim, axes_of, kept_shape, length_of
from ._expand import expand
from ._reshape import reshape

__all__ = ["mean", "sum"]


@primitive
def sum(x: Any, /, dim: Dim = None, keepdim: bool = False) -> Any:
    r"""Sum over axes, $y = \sum_i x_i$; over no elements it is 0. Integers and booleans give int64.

    Args:
        x: any shape.
        dim: an axis, several, or None for all.
        keepdim: leave the summed axes there with length 1.

    Raises:
        IndexError: `dim` is not an axis of `x`.

    Example:
        >>> from nt_autograd import tensor
        >>> sum(tensor([[1.0, 2.0], [3.0, 4.0]]), dim=1)
        tensor([3., 7.])

    Source: PyTorch's `torch.sum`.
    """
    if dtype_of(x).kind != "float":
        xp = namespace(x)
        x = xp.astype(x, xp.int64)
    return kernels.sum_axes(x, axes_of(dim, x.ndim), keepdim)


@sum.backward
def _(g: Any, x_shape: tuple[int, ...], dim: Dim, keepdim: bool) -> Any:
    if not keepdim and dim is not None:
        g = reshape(g, kept_shape(x_shape, dim))
    return expand(g, x_shape)


sum.cost(each_input)


@primitive
@widened()
def mean(x: Any, /, dim: Dim = None, keepdim: bool = False) -> Any:
    r"""Arithmetic mean over axes, $y = \frac{1}{n} \sum_i x_i$; over no elements it is NaN.

    Args:
        x: floats, any shape.
        dim: an axis, several, or None for all.
        keepdim: leave the averaged axes there with length 1.

    Raises:
        TypeError: `x` is not floating-point.
        IndexError: `dim` is not an axis of `x`.

    Example:
        >>> from nt_autograd import tensor
        >>> mean(tensor([[1.0, 2.0], [3.0, 5.0]]), dim=0)
        tensor([2. , 3.5])

    Source: PyTorch's `torch.mean`.
    """
    if dtype_of(x).kind != "float":
        raise TypeError(f"the mean of {dtype_of(x)} is not one; say x.float().mean()")
    y = sum(x, dim, keepdim)
    n = length_of(x.shape, dim)
    return y / n if n else y + float("nan")


@mean.backward
def _(g: Any, x_shape: tuple[int, ...], dim: Dim, keepdim: bool) -> Any:
    if not keepdim and dim is not None:
        g = reshape(g, kept_shape(x_shape, dim))
    share = 1 / (length_of(x_shape, dim) or 1)  # float16 has no lengths above 65504
    return expand(g * share, x_shape)


mean.cost(each_input)
