"""Straight lines in place of curves: hardtanh, relu6, hardsigmoid, hardswish, threshold."""

from __future__ import annotations

from typing import Any

from nt_tensor import kernels, namespace

from ...cost import each_input
from ...primitive import primitive
from .._floating import check_floating
from .._where import where

__all__ = ["hardsigmoid", "hardswish", "hardtanh", "relu6", "threshold"]


def hardtanh(x: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    r"""Element-wise line between two bounds, $y = \min(\max(x, l), u)$.

    $y' = 1$ between the bounds, 0 outside and at both of them (`clip` has 1 there). A tanh that
    costs nothing.

    Args:
        x: any shape, floating point.
        min_val: the lower bound, $l$.
        max_val: the upper bound, $u$.

    Raises:
        ValueError: `min_val` is above `max_val`.
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> hardtanh(tensor([-2.0, 0.5, 7.0]))
        tensor([-1. ,  0.5,  1. ])

    Source: Collobert, Large Scale Machine Learning (2004); PyTorch's
        `torch.nn.functional.hardtanh`.
    """
    if min_val > max_val:
        raise ValueError(f"min_val ({min_val}) must not be above max_val ({max_val})")
    return _hardtanh(x, float(min_val), float(max_val))


@primitive
def _hardtanh(x: Any, /, low: float, high: float) -> Any:
    check_floating("x", x)
    return namespace(x).clip(x, low, high)


@_hardtanh.backward
def _(g: Any, x: Any, low: float, high: float) -> Any:
    return _hardtanh_backward(g, x, low, high)


_hardtanh.cost(each_input)


@primitive
def _hardtanh_backward(g: Any, x: Any, /, low: float, high: float) -> Any:
    """The gradient of hardtanh."""
    return kernels.hardtanh_backward(g, x, low, high)


@_hardtanh_backward.backward
def _(h: Any, x: Any, low: float, high: float) -> Any:
    return _hardtanh_backward(h, x, low, high), None


_hardtanh_backward.cost(each_input)


def relu6(x: Any) -> Any:
    r"""Element-wise rectifier with a ceiling, $y = \min(\max(x, 0), 6)$.

    $y' = 1$ between 0 and 6, 0 outside and at both. For networks that run in few bits.

    Args:
        x: any shape, floating point.

    Raises:
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> relu6(tensor([-1.0, 2.0, 9.0]))
        tensor([0., 2., 6.])

    Source: Krizhevsky, Convolutional Deep Belief Networks on CIFAR-10 (2010); PyTorch's
        `torch.nn.functional.relu6`.
    """
    return _hardtanh(x, 0.0, 6.0)


@primitive
def hardsigmoid(x: Any, /) -> Any:
    r"""Element-wise line in place of the sigmoid, $y = \min(\max(x + 3, 0), 6) / 6$.

    $y' = 1/6$ between -3 and 3, 0 elsewhere. For gates on small devices.

    Args:
        x: any shape, floating point.

    Raises:
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> hardsigmoid(tensor([-4.0, 0.0, 3.0]))
        tensor([0. , 0.5, 1. ])

    Source: Courbariaux, Bengio, David, BinaryConnect (2015); in this form: Howard et al., Searching
        for MobileNetV3 (2019); PyTorch's `torch.nn.functional.hardsigmoid`.
    """
    check_floating("x", x)
    return kernels.pointwise(x, _hardsigmoid)


def _hardsigmoid(x: Any) -> Any:
    return namespace(x).clip(x + 3.0, 0.0, 6.0) * (1.0 / 6.0)


@hardsigmoid.backward
def _(g: Any, x: Any) -> Any:
    return where((x > -3.0) & (x < 3.0), g * (1.0 / 6.0), 0.0)


@primitive
def hardswish(x: Any, /) -> Any:
    r"""Element-wise $y = x \min(\max(x + 3, 0), 6) / 6$: `silu` with straight lines for its gate.

    $y' = x/3 + 1/2$ between -3 and 3, 0 from -3 down, 1 from 3 up. For small devices.

    Args:
        x: any shape, floating point.

    Raises:
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> hardswish(tensor([-4.0, 0.0, 1.5, 4.0]))
        tensor([-0.   ,  0.   ,  1.125,  4.   ])

    Source: Howard et al., Searching for MobileNetV3 (2019), section 5.2; PyTorch's
        `torch.nn.functional.hardswish`.
    """
    check_floating("x", x)
    return kernels.hardswish(x)


@hardswish.backward
def _(g: Any, x: Any) -> Any:
    return _hardswish_backward(g, x)


@hardswish.composed
def _(x: Any) -> Any:
    return hardsigmoid(x) * x


@primitive
def _hardswish_backward(g: Any, x: Any, /) -> Any:
    """The gradient of hardswish."""
    return kernels.hardswish_backward(g, x)


@primitive
def threshold(x: Any, /, threshold: float, value: float) -> Any:
    r"""Element-wise $y = x$ above a threshold, a given value from it down.

    $y' = 1$ above the threshold, 0 from it down. With 0 and 0 it is `relu`.

    Args:
        x: any shape, floating point.
        threshold: where it begins to let through.
        value: what stands for what is not let through.

    Raises:
        TypeError: `x` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> threshold(tensor([-1.0, 0.5, 2.0]), 0.5, 20.0)
        tensor([20., 20.,  2.])

    Source: PyTorch's `torch.nn.functional.threshold`.
    """
    check_floating("x", x)
    return kernels.where(x <= threshold, float(value), x)


@threshold.backward
def _(g: Any, x: Any, threshold: float) -> Any:
    return where(x <= threshold, 0.0, g)


threshold.cost(each_input)
