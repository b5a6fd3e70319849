"""A number times its own gate: silu, swish, quick_gelu, mish."""

from __future__ import annotations

from typing import Any

from nt_tensor import is_array, kernels

from ...cost import each_input
from ...primitive import primitive
from ...tensor import Tensor
from .._floating import check_floating
from .._hyperbolic import tanh
from ._relu import softplus
from ._sigmoid import sigmoid

__all__ = ["mish", "quick_gelu", "silu", "swish"]


@primitive(promotes=True)
def silu(x: Any, /) -> Any:
    r"""Element-wise $y = x\,\sigma(x)$, also named swish; $y' = \sigma(x) (1 + x (1 - \sigma(x)))$.

    Smooth, not monotonic, and unbounded above: the usual choice in modern convolutional networks
    and, gated (`swiglu`), in language models.

    Example:
        >>> from nt_autograd import tensor
        >>> silu(tensor([-1000.0, 0.0, 1000.0]))
        tensor([  -0.,    0., 1000.])

    Source: Elfwing, Uchibe, Doya, Sigmoid-weighted linear units (2017), arXiv:1702.03118; PyTorch's
        `torch.nn.functional.silu`.
    """
    return kernels.swish(x, 1.0)


@silu.backward
def _(g: Any, x: Any) -> Any:
    return _swish_backward(g, x, 1.0)


@silu.composed
def _(x: Any) -> Any:
    return x * sigmoid(x)


def swish(x: Any, beta: Any = 1.0) -> Any:
    r"""Element-wise $y = x\,\sigma(\beta x)$: $x/2$ where $\beta$ is 0, relu where it is infinite.

    $\partial y/\partial x = s (1 + \beta x (1 - s))$ and $\partial y/\partial \beta = x^2 s
    (1 - s)$ with $s = \sigma(\beta x)$.

    Args:
        x: any shape, floating point.
        beta: a number, or a tensor that broadcasts with `x` and may learn.

    Raises:
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> swish(tensor([-1.0, 0.0, 1.0]), beta=100.0)
        tensor([-0.,  0.,  1.])

    Source: Ramachandran, Zoph, Le, Searching for Activation Functions (2017), section 4.
    """
    if isinstance(beta, Tensor) or is_array(beta):
        return x * sigmoid(x * beta)
    return _swish(x, beta)


@primitive
def _swish(x: Any, /, beta: float) -> Any:
    check_floating("x", x)
    return kernels.swish(x, float(beta))


@_swish.backward
def _(g: Any, x: Any, beta: float) -> Any:
    return _swish_backward(g, x, beta)


@_swish.composed
def _(x: Any, beta: float) -> Any:
    return x * sigmoid(x * beta)


_swish.cost(each_input)


@primitive
def _swish_backward(g: Any, x: Any, /, beta: float) -> Any:
    """The gradient of swish with respect to x."""
    return kernels.swish_backward(g, x, float(beta))


_swish_backward.cost(each_input)


def quick_gelu(x: Any) -> Any:
    r"""Element-wise $y = x\,\sigma(1.702 x)$, the approximation of `gelu` in OpenAI's CLIP.

    It is `swish` with $\beta = 1.702$, up to 0.02 off from `gelu`. For weights that were trained
    with it.

    Args:
        x: any shape, floating point.

    Raises:
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> quick_gelu(tensor([-10.0, 0.0, 10.0]))
        tensor([-4.0...e-07,  0.0...e+00,  1.0...e+01])

    Source: Hendrycks and Gimpel, Gaussian Error Linear Units (2016), section 2; Radford et al.,
        Learning Transferable Visual Models (2021), its code.
    """
    return _swish(x, 1.702)


@primitive
def mish(x: Any, /) -> Any:
    r"""Element-wise $y = x \tanh(\ln(1 + e^x))$; smooth, not monotonic, unbounded above.

    With $\omega = \tanh(\mathrm{softplus}(x))$, $y' = \omega + x\,\sigma(x) (1 - \omega^2)$. As
    $\omega = n/(n + 2)$ with $n = e^x (e^x + 2)$, one exponential is enough, and both tails keep
    their digits. Used in detectors such as YOLOv4.

    Args:
        x: any shape, floating point.

    Raises:
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> mish(tensor([-1e4, 0.0, 1e4]))
        tensor([   -0.,     0., 10000.])

    Source: Misra, Mish: A Self Regularized Non-Monotonic Activation Function (2019);
        PyTorch's `torch.nn.functional.mish`.
    """
    check_floating("x", x)
    return kernels.mish(x)


@mish.backward
def _(g: Any, x: Any) -> Any:
    return _mish_backward(g, x)


@mish.composed
def _(x: Any) -> Any:
    return x * tanh(softplus(x, 1.0, 40.0))


@primitive
def _mish_backward(g: Any, x: Any, /) -> Any:
    """The gradient of mish."""
    return kernels.mish_backward(g, x)
