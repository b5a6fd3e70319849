"""logsumexp: the logarithm of a sum of exponentials."""

from __future__ import annotations

from math import prod
from typing import Any

from nt_tensor import dtype_of, kernels, namespace
from nt_tensor.kernels import widened

from ..primitive import primitive
from ._axes import Dim, axes_of, kept_shape
from ._exponential import exp
from ._reshape import reshape
from ._where import where

__all__ = ["logsumexp"]

INF = float("inf")


@primitive
@widened()
def logsumexp(x: Any, /, dim: Dim = None, keepdim: bool = False) -> Any:
    r"""The smooth maximum over axes, $y = \ln \sum_i e^{x_i}$; over no elements it is $-\infty$.

    The largest element $m$ is taken out of the sum, $y = m + \ln \sum_i e^{x_i - m}$, so that
    nothing overflows. $\partial y/\partial x_i = e^{x_i - y}$.

    Args:
        x: floats, any shape.
        dim: an axis, several, or None for all.
        keepdim: leave the axes there with length 1.

    Raises:
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> logsumexp(tensor([1000.0, 1000.0]), dim=0) - 1000
        tensor(0.6931...)

    Source: PyTorch's `torch.logsumexp`.
    """
    if dtype_of(x).kind != "float":
        raise TypeError(f"logsumexp of {dtype_of(x)}; say x.float().logsumexp(dim)")
    xp, axes, kept = namespace(x), axes_of(dim, x.ndim), kept_shape(x.shape, dim)
    if any(x.shape[axis] == 0 for axis in axes):
        y = xp.full(kept, -INF, dtype=x.dtype)
    else:
        m = xp.max(x, axis=axes, keepdims=True)
        shift = xp.where(xp.abs(m) == INF, 0, m)  # inf - inf would be NaN
        total = kernels.sum_axes(xp.exp(x - shift), axes, True)
        y = xp.where(total == 0, -INF, shift + xp.log(xp.where(total == 0, 1, total)))
    return y if keepdim else xp.reshape(y, [n for i, n in enumerate(x.shape) if i not in axes])


@logsumexp.backward
def _(g: Any, x: Any, y: Any, dim: Dim, keepdim: bool) -> Any:
    if not keepdim and dim is not None:
        kept = kept_shape(x.shape, dim)
        g, y = reshape(g, kept), reshape(y, kept)
    return g * exp(x - where(y == -INF, 0, y))


@logsumexp.cost
def _(x_shape: tuple[int, ...]) -> int:
    return 4 * prod(x_shape)  # maximum, difference, exponential, sum
