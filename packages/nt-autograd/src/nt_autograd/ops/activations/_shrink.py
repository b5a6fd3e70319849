"""What pulls towards zero: softshrink, hardshrink, tanhshrink."""

from __future__ import annotations

from typing import Any

from nt_tensor import kernels, namespace

from ...cost import each_input
from ...primitive import primitive
from .._floating import check_floating
from .._hyperbolic import tanh
from .._where import where

__all__ = ["hardshrink", "softshrink", "tanhshrink"]


def softshrink(x: Any, lambd: float = 0.5) -> Any:
    r"""Element-wise $y = \mathrm{sign}(x) \max(|x| - \lambda, 0)$; $y' = 1$ where $|x| > \lambda$.

    The proximal step of $\lambda |x|$, which makes sparse codes; 0 at the edges.

    Args:
        x: any shape, floating point.
        lambd: $\lambda$, not negative.

    Raises:
        ValueError: `lambd` is negative.
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> softshrink(tensor([-2.0, 0.25, 2.0]))
        tensor([-1.5,  0. ,  1.5])

    Source: Donoho, De-noising by soft-thresholding (1995); PyTorch's
        `torch.nn.functional.softshrink`.
    """
    if not lambd >= 0:
        raise ValueError(f"lambd ({lambd}) must not be negative")
    return _softshrink(x, float(lambd))


@primitive
def _softshrink(x: Any, /, lambd: float) -> Any:
    check_floating("x", x)
    return kernels.pointwise(x, _soft, lambd)


def _soft(x: Any, lambd: float) -> Any:
    return x - namespace(x).clip(x, -lambd, lambd)


@_softshrink.backward
def _(g: Any, x: Any, lambd: float) -> Any:
    return where((x >= -lambd) & (x <= lambd), 0.0, g)


_softshrink.cost(each_input)


@primitive
def hardshrink(x: Any, /, lambd: float = 0.5) -> Any:
    r"""Element-wise $y = x$ where $|x| > \lambda$, else 0; $y' = 1$ there, else 0.

    Small numbers are noise, large ones stay as they are; 0 at the edges.

    Args:
        x: any shape, floating point.
        lambd: $\lambda$; with a negative one everything stays.

    Raises:
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> hardshrink(tensor([-2.0, 0.25, 2.0]))
        tensor([-2.,  0.,  2.])

    Source: Donoho and Johnstone, Ideal spatial adaptation by wavelet shrinkage (1994); PyTorch's
        `torch.nn.functional.hardshrink`.
    """
    check_floating("x", x)
    return kernels.where((x >= -lambd) & (x <= lambd), 0.0, x)


@hardshrink.backward
def _(g: Any, x: Any, lambd: float) -> Any:
    return where((x >= -lambd) & (x <= lambd), 0.0, g)


@primitive
def tanhshrink(x: Any, /) -> Any:
    r"""Element-wise $y = x - \tanh x$, $y' = \tanh^2 x$.

    Flat at 0 and a line far out. Near 0, where $y \approx x^3/3$, the difference has the absolute
    precision of $x$, as in PyTorch.

    Args:
        x: any shape, floating point.

    Raises:
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> tanhshrink(tensor([0.0, 100.0]))
        tensor([ 0., 99.])

    Source: PyTorch's `torch.nn.functional.tanhshrink`.
    """
    check_floating("x", x)
    return kernels.pointwise(x, _tanhshrink)


def _tanhshrink(x: Any) -> Any:
    return x - namespace(x).tanh(x)


@tanhshrink.backward
def _(g: Any, x: Any) -> Any:
    t = tanh(x)
    return g * (t * t)
