"""norm: the length of vectors."""

from __future__ import annotations

from math import prod
from typing import Any

from nt_tensor import dtype_of, kernels, namespace
from nt_tensor.kernels import widened

from ..primitive import primitive
from ._axes import Dim, axes_of, kept_shape
from ._extremes import amax, amin
from ._maximum import abs
from ._power import pow
from ._reshape import reshape
from ._rounding import sign
from ._where import where
from ._zeros_of import zeros_of

__all__ = ["norm"]


def norm(x: Any, p: float = 2, dim: Dim = None, keepdim: bool = False) -> Any:
    r"""The $p$-norm over axes, $y = (\sum_i |x_i|^p)^{1/p}$; over no elements it is 0.

    $p = \infty$ is the largest $|x_i|$, $-\infty$ the smallest, 0 how many are not zero. The
    gradient is $\mathrm{sign}(x_i)\,(|x_i| / y)^{p - 1}$, and 0 where the norm is 0.

    Args:
        x: floats, any shape; the axes of `dim` together are one vector.
        p: the order.
        dim: an axis, several, or None for all.
        keepdim: leave the axes there with length 1.

    Raises:
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> norm(tensor([3.0, 4.0])), norm(tensor([3.0, -4.0]), p=1)
        (tensor(5.0), tensor(7.0))

    Source: PyTorch's `torch.linalg.vector_norm`.
    """
    if p == float("inf"):
        return amax(abs(x), dim, keepdim)
    if p == -float("inf"):
        return amin(abs(x), dim, keepdim)
    return _norm(x, p, dim, keepdim)


@primitive
@widened()
def _norm(x: Any, /, p: float, dim: Dim, keepdim: bool) -> Any:
    if dtype_of(x).kind != "float":
        raise TypeError(f"the norm of {dtype_of(x)} is not one; say x.float().norm()")
    xp, axes = namespace(x), axes_of(dim, x.ndim)
    if p == 0:
        return xp.sum(xp.astype(x != 0, x.dtype), axis=axes, keepdims=keepdim)
    if p == 2:
        return xp.sqrt(kernels.sum_axes(x * x, axes, keepdim))
    powers = xp.abs(x) if p == 1 else pow(xp.abs(x), p)
    total = kernels.sum_axes(powers, axes, keepdim)
    return total if p == 1 else pow(total, 1 / p)


@_norm.backward
def _(g: Any, x: Any, y: Any, p: float, dim: Dim, keepdim: bool) -> Any:
    if not keepdim and dim is not None:
        kept = kept_shape(x.shape, dim)
        g, y = reshape(g, kept), reshape(y, kept)
    if p == 0:
        return zeros_of(x)
    if p == 1:
        return g * sign(x)
    length = where(y == 0, 1, y)
    if p == 2:
        return g * (x / length)
    size = abs(x)
    slope = where(size == 0, 0, pow(where(size == 0, 1, size) / length, p - 1))
    return g * sign(x) * slope


@_norm.cost
def _(x_shape: tuple[int, ...]) -> int:
    return 2 * prod(x_shape)  # power, sum
