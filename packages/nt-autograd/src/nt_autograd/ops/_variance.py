"""Variance and standard deviation over axes."""

from __future__ import annotations

from math import prod
from typing import Any

from nt_tensor import dtype_of, namespace
from nt_tensor.kernels import widened

from ..primitive import primitive
from ._axes import Dim, kept_shape, length_of
from ._reshape import reshape
from ._sum import mean, sum
from ._where import where

__all__ = ["std", "var"]


@primitive
@widened()
def var(x: Any, /, dim: Dim = None, keepdim: bool = False, *, correction: float = 1) -> Any:
    r"""Variance over axes, $y = \frac{1}{n - c} \sum_i (x_i - \bar x)^2$; NaN where $n \le c$.

    $\partial y/\partial x_i = \frac{2}{n - c} (x_i - \bar x)$.

    Args:
        x: floats, any shape.
        dim: an axis, several, or None for all.
        keepdim: leave the axes there with length 1.
        correction: $c$: 1 for the variance that a sample estimates, 0 for that of the numbers
            themselves.

    Raises:
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> var(tensor([1.0, 2.0, 3.0]))
        tensor(1.0)

    Source: PyTorch's `torch.var`.
    """
    if dtype_of(x).kind != "float":
        raise TypeError(f"the variance of {dtype_of(x)} is not one; say x.float().var()")
    c = x - mean(x, dim, True)
    freedom = length_of(x.shape, dim) - correction
    y = sum(c * c, dim, keepdim)
    return y / freedom if freedom > 0 else y * float("nan")


@var.backward
def _(g: Any, x: Any, dim: Dim, keepdim: bool, correction: float) -> Any:
    if not keepdim and dim is not None:
        g = reshape(g, kept_shape(x.shape, dim))
    freedom = length_of(x.shape, dim) - correction
    scale = 2 / freedom if freedom > 0 else float("nan")
    return (g * scale) * (x - mean(x, dim, True))


@var.cost
def _(x_shape: tuple[int, ...]) -> int:
    return 4 * prod(x_shape)  # sum, difference, square, sum


@primitive
@widened()
def std(x: Any, /, dim: Dim = None, keepdim: bool = False, *, correction: float = 1) -> Any:
    r"""Standard deviation over axes, $y = \sqrt{\mathrm{var}(x)}$; its gradient is 0 where it is 0.

    $\partial y/\partial x_i = \frac{1}{(n - c)\,y} (x_i - \bar x)$.

    Args:
        x: floats, any shape.
        dim: an axis, several, or None for all.
        keepdim: leave the axes there with length 1.
        correction: as in `var`.

    Raises:
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> std(tensor([1.0, 2.0, 3.0]))
        tensor(1.0)

    Source: PyTorch's `torch.std`.
    """
    return namespace(x).sqrt(var(x, dim, keepdim, correction=correction))


@std.backward
def _(g: Any, x: Any, y: Any, dim: Dim, keepdim: bool, correction: float) -> Any:
    if not keepdim and dim is not None:
        shape = kept_shape(x.shape, dim)
        g, y = reshape(g, shape), reshape(y, shape)
    freedom = length_of(x.shape, dim) - correction
    scale = 1 / freedom if freedom > 0 else float("nan")
    flat = y == 0  # where it has its minimum
    return where(flat, 0, g * scale / where(flat, 1, y)) * (x - mean(x, dim, True))


@std.cost
def _(x_shape: tuple[int, ...]) -> int:
    return 4 * prod(x_shape)  # sum, difference, square, sum
