"""gelu: the Gaussian error linear unit."""

from __future__ import annotations

import math
from typing import Any

from nt_tensor import kernels

from ...primitive import primitive
from .._erf import erf
from .._floating import check_floating
from .._hyperbolic import tanh

__all__ = ["gelu"]


def gelu(x: Any, approximate: str = "none") -> Any:
    r"""Gaussian error linear unit, $y = x \, \Phi(x)$; $\Phi$ is the normal distribution function.

    With `approximate="tanh"`, as in GPT-2: $y = \tfrac12 x (1 + \tanh(\sqrt{2/\pi}\,(x + 0.044715
    x^3)))$.

    Args:
        x: any shape, floating point.
        approximate: "none" or "tanh".

    Raises:
        ValueError: `approximate` is neither.
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> gelu(tensor([-10.0, 0.0, 10.0]))
        tensor([-0.,  0., 10.])

    Source: Hendrycks and Gimpel, Gaussian Error Linear Units (2016), section 2; PyTorch's `gelu`.
    """
    if approximate == "none":
        return _gelu(x)
    if approximate == "tanh":
        return _gelu_tanh(x)
    raise ValueError(f'approximate must be "none" or "tanh", got {approximate!r}')


@primitive(keeps=("slope",))
def _gelu(x: Any, /) -> Any:
    """The exact form. The forward pass has what the derivative is made of, so it keeps that."""
    check_floating("x", x)
    return kernels.gelu(x)


@_gelu.backward
def _(g: Any, slope: Any) -> Any:
    return g * slope


@_gelu.composed
def _(x: Any) -> Any:
    return x * (erf(x * math.sqrt(0.5)) + 1.0) * 0.5


@primitive(keeps=("slope",))
def _gelu_tanh(x: Any, /) -> Any:
    """The form by tanh."""
    check_floating("x", x)
    return kernels.gelu_tanh(x)


@_gelu_tanh.backward
def _(g: Any, slope: Any) -> Any:
    return g * slope


@_gelu_tanh.composed
def _(x: Any) -> Any:
    inner = x * (x * x * 0.044715 + 1.0) * math.sqrt(2.0 / math.pi)
    return x * (tanh(inner) + 1.0) * 0.5
