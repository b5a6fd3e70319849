"""softmax and log_softmax."""

from __future__ import annotations

from math import prod
from typing import Any

from nt_tensor import kernels

from ...primitive import primitive
from .._axes import axis_of
from .._exponential import exp
from .._floating import check_floating
from .._sum import sum

__all__ = ["log_softmax", "softmax"]


@primitive
def softmax(x: Any, /, dim: int = -1) -> Any:
    r"""Exponentials normalised to sum to one along `dim`.

    $$y_i = \frac{e^{x_i}}{\sum_j e^{x_j}}, \qquad
      \frac{\partial L}{\partial x_i} = y_i \Big(g_i - \sum_j g_j y_j\Big)$$

    Args:
        x: any shape, floating point.
        dim: the axis that sums to one.

    Raises:
        IndexError: `x` has no axis `dim`.
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> softmax(tensor([0.0, 0.0, 1e4]))
        tensor([0., 0., 1.])

    Source: Bridle, Probabilistic interpretation of feedforward network outputs (1990); PyTorch's
        `torch.softmax`.
    """
    return kernels.softmax(x, _axis(x, dim)) if x.ndim else exp(x - x)


@softmax.backward
def _(g: Any, y: Any, dim: int) -> Any:
    return softmax_backward(g, y, dim)


@softmax.cost
def _(y_shape: tuple[int, ...]) -> int:
    return 4 * prod(y_shape)  # difference, exponential, sum, quotient


@primitive
def softmax_backward(g: Any, p: Any, /, dim: int = -1) -> Any:
    r"""The Jacobian of softmax times $g$, given its output: $p_i (g_i - \sum_j g_j p_j)$.

    Example:
        >>> from nt_autograd import tensor
        >>> softmax_backward(tensor([1.0, 0.0]), tensor([0.5, 0.5]))
        tensor([ 0.25, -0.25])

    Source: the derivative of softmax; an op of its own so that the fused kernel has a derivative
        too.
    """
    return kernels.softmax_backward(g, p, dim) if g.ndim else p * (g - g * p)


@softmax_backward.backward
def _(h: Any, g: Any, p: Any, dim: int) -> Any:
    centred = h - sum(h * p, dim, keepdim=True)
    return p * centred, g * centred - h * sum(g * p, dim, keepdim=True)


@softmax_backward.cost
def _(y_shape: tuple[int, ...]) -> int:
    return 4 * prod(y_shape)  # product, sum, product, difference


@primitive
def log_softmax(x: Any, /, dim: int = -1) -> Any:
    r"""The logarithm of softmax, without overflow or underflow.

    $$y_i = x_i - \log \sum_j e^{x_j}, \qquad \frac{\partial L}{\partial x_i} = g_i - e^{y_i} \sum_j
    g_j$$

    Args:
        x: any shape, floating point.
        dim: the axis along which the probabilities sum to one.

    Raises:
        IndexError: `x` has no axis `dim`.
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> log_softmax(tensor([0.0, -1e4]))
        tensor([     0., -10000.])

    Source: PyTorch's `torch.log_softmax`.
    """
    return kernels.log_softmax(x, _axis(x, dim)) if x.ndim else x - x


@log_softmax.backward
def _(g: Any, y: Any, dim: int) -> Any:
    return log_softmax_backward(g, y, dim)


@log_softmax.cost
def _(y_shape: tuple[int, ...]) -> int:
    return 4 * prod(y_shape)  # difference, exponential, sum, difference


@primitive
def log_softmax_backward(g: Any, logp: Any, /, dim: int = -1) -> Any:
    r"""The Jacobian of log-softmax times $g$, given its output: $g_i - e^{\ell_i} \sum_j g_j$.

    Example:
        >>> from nt_autograd import tensor
        >>> log_softmax_backward(tensor([1.0, 0.0]), log_softmax(tensor([0.0, 0.0])))
        tensor([ 0.5, -0.5])

    Source: the derivative of log-softmax.
    """
    return kernels.log_softmax_backward(g, logp, dim) if g.ndim else g - exp(logp) * g


@log_softmax_backward.backward
def _(h: Any, g: Any, logp: Any, dim: int) -> Any:
    p = exp(logp)
    return h - sum(h * p, dim, keepdim=True), -h * p * sum(g, dim, keepdim=True)


@log_softmax_backward.cost
def _(y_shape: tuple[int, ...]) -> int:
    return 4 * prod(y_shape)  # exponential, sum, product, difference


def _axis(x: Any, dim: int) -> int:
    check_floating("x", x)
    return axis_of(dim, x.ndim)
