"""Exponential linear units: a line above zero, an exponential that saturates below."""

from __future__ import annotations

from typing import Any

from nt_tensor import kernels

from ...cost import each_input
from ...primitive import primitive
from .._exponential import expm1
from .._floating import check_floating
from .._maximum import minimum
from .._where import where

__all__ = ["celu", "elu", "selu"]

_ALPHA, _SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


def elu(x: Any, alpha: float = 1.0) -> Any:
    r"""Exponential linear unit: $y = x$ above 0, $\alpha (e^x - 1)$ from 0 down.

    $y' = 1$ above 0, $\alpha e^x$ from 0 down. Its mean activation is nearer to zero than that of
    `relu`, and it has a gradient on the left.

    Args:
        x: any shape, floating point.
        alpha: what it tends to on the left, with a minus.

    Raises:
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> elu(tensor([-1000.0, -1e-8, 2.0]))
        tensor([-1.e+00, -1.e-08,  2.e+00])

    Source: Clevert, Unterthiner, Hochreiter, Fast and Accurate Deep Network Learning by ELUs
        (2015); PyTorch's `torch.nn.functional.elu`.
    """
    return _elu(x, 1.0, float(alpha), 1.0)


def selu(x: Any) -> Any:
    r"""Scaled exponential linear unit: $\lambda x$ above 0, $\lambda\alpha (e^x - 1)$ from 0 down.

    $\lambda = 1.0507…$ and $\alpha = 1.6732…$ are such that mean 0 and variance 1 are a fixed point
    of a layer with weights of variance 1/inputs: deep networks without normalisation. $y' =
    \lambda$ above 0, $\lambda\alpha e^x$ from 0 down.

    Args:
        x: any shape, floating point.

    Raises:
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> selu(tensor([-1000.0, 0.0, 1.0]))
        tensor([-1.758...,  0.     ,  1.050...])

    Source: Klambauer et al., Self-Normalizing Neural Networks (2017); PyTorch's
        `torch.nn.functional.selu`.
    """
    return _elu(x, _SCALE, _SCALE * _ALPHA, 1.0)


def celu(x: Any, alpha: float = 1.0) -> Any:
    r"""Continuously differentiable ELU: $x$ above 0, $\alpha (e^{x/\alpha} - 1)$ from 0 down.

    $y' = 1$ above 0, $e^{x/\alpha}$ from 0 down: without a kink whatever $\alpha$ is.

    Args:
        x: any shape, floating point.
        alpha: what it tends to on the left, with a minus; not 0.

    Raises:
        ValueError: `alpha` is 0.
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> celu(tensor([-1000.0, 0.0, 2.0]), alpha=2.0)
        tensor([-2.,  0.,  2.])

    Source: Barron, Continuously Differentiable Exponential Linear Units (2017); PyTorch's
        `torch.nn.functional.celu`.
    """
    if alpha == 0:
        raise ValueError("alpha must not be 0: celu divides by it")
    return _elu(x, 1.0, float(alpha), 1.0 / alpha)


@primitive
def _elu(x: Any, /, scale: float, low: float, rate: float) -> Any:
    """All three: `scale` x above 0, `low` (exp(`rate` x) - 1) from 0 down."""
    check_floating("x", x)
    return kernels.elu(x, scale, low, rate)


@_elu.backward
def _(g: Any, x: Any, scale: float, low: float, rate: float) -> Any:
    return _elu_backward(g, x, scale, low, rate)


@_elu.composed
def _(x: Any, scale: float, low: float, rate: float) -> Any:
    return where(x <= 0, expm1(minimum(x, 0.0) * rate) * low, x * scale)


_elu.cost(each_input)


@primitive
def _elu_backward(g: Any, x: Any, /, scale: float, low: float, rate: float) -> Any:
    """The gradient of `_elu`."""
    return kernels.elu_backward(g, x, scale, low, rate)


_elu_backward.cost(each_input)
