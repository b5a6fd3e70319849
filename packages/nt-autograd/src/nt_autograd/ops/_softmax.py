"""softmax and log_softmax."""

from __future__ import annotations

from typing import Any

from nt_tensor import kernels

from ..primitive import primitive
from ._exponential import exp
from ._sum import sum

__all__ = ["log_softmax", "softmax"]


@primitive
def softmax(x: Any, /, dim: int = -1) -> Any:
    r"""Exponentials normalised to sum to one along `dim`.

    $$y_i = \frac{e^{x_i}}{\sum_j e^{x_j}}, \qquad
      \frac{\partial L}{\partial x_i} = y_i \Big(g_i - \sum_j g_j y_j\Big)$$

    Args:
        x: any shape, floating point.
        dim: the axis that sums to one.

    Example:
        >>> from nt_autograd import tensor
        >>> softmax(tensor([0.0, 0.0, 1e4]))
        tensor([0., 0., 1.])

    Source: Bridle, Probabilistic interpretation of feedforward network outputs (1990); PyTorch's
        `torch.softmax`.
    """
    return kernels.softmax(x, dim)


@softmax.backward
def _(g: Any, y: Any, dim: int) -> Any:
    return softmax_backward(g, y, dim)


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
    return kernels.softmax_backward(g, p, dim)


@softmax_backward.backward
def _(h: Any, g: Any, p: Any, dim: int) -> Any:
    centred = h - sum(h * p, dim, keepdim=True)
    return p * centred, g * centred - h * sum(g * p, dim, keepdim=True)


@primitive
def log_softmax(x: Any, /, dim: int = -1) -> Any:
    r"""The logarithm of softmax, without overflow or underflow.

    $$y_i = x_i - \log \sum_j e^{x_j}, \qquad \frac{\partial L}{\partial x_i} = g_i - e^{y_i} \sum_j
    g_j$$

    Args:
        x: any shape, floating point.
        dim: the axis along which the probabilities sum to one.

    Example:
        >>> from nt_autograd import tensor
        >>> log_softmax(tensor([0.0, -1e4]))
        tensor([     0., -10000.])

    Source: PyTorch's `torch.log_softmax`.
    """
    return kernels.log_softmax(x, dim)


@log_softmax.backward
def _(g: Any, y: Any, dim: int) -> Any:
    return log_softmax_backward(g, y, dim)


@primitive
def log_softmax_backward(g: Any, logp: Any, /, dim: int = -1) -> Any:
    r"""The Jacobian of log-softmax times $g$, given its output $\ell$: $g_i - e^{\ell_i} \sum_j g_j$.

    Example:
        >>> from nt_autograd import tensor
        >>> log_softmax_backward(tensor([1.0, 0.0]), log_softmax(tensor([0.0, 0.0])))
        tensor([ 0.5, -0.5])

    Source: the derivative of log-softmax.
    """
    return kernels.log_softmax_backward(g, logp, dim)


@log_softmax_backward.backward
def _(h: Any, g: Any, logp: Any, dim: int) -> Any:
    p = exp(logp)
    return h - sum(h * p, dim, keepdim=True), -h * p * sum(g, dim, keepdim=True)
