"""How far numbers are from numbers: mse_loss, l1_loss, smooth_l1_loss, huber_loss."""

from __future__ import annotations

import math
from typing import Any

from nt_tensor import kernels, namespace

from ...primitive import primitive
from .._maximum import abs, clip
from .._power import square
from .._sum import sum
from ._reduction import (
    array_of,
    check_numbers,
    check_same_shape,
    reduced,
    scaled,
    share_of,
    weighted,
)
from .options import check_not_negative, check_positive

__all__ = ["huber_loss", "l1_loss", "mse_loss", "smooth_l1_loss"]


def mse_loss(input: Any, target: Any, reduction: str = "mean", weight: Any = None) -> Any:
    r"""Squared error, $\ell_i = w_i (x_i - y_i)^2$.

    Args:
        input: $x$, any shape.
        target: $y$, of the same shape.
        reduction: "mean" over all elements (NaN if there are none), "sum" or "none".
        weight: $w$, of the same shape; "mean" then divides by its sum. Not differentiated.

    Raises:
        ValueError: the shapes differ, or the reduction is unknown.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> mse_loss(tensor([1.0, 2.0]), tensor([1.0, 4.0]))
        tensor(2.0)

    Source: PyTorch's `torch.nn.functional.mse_loss`.
    """
    check_numbers(reduction, input=input, target=target)
    if weight is None and reduction != "none":
        return _squared_error(input, target, share_of_all(input, reduction))
    return _finished(square(input - target), reduction, weight)


@primitive(keeps=("slope",), promotes=True)
def _squared_error(input: Any, target: Any, /, scale: float) -> Any:
    """The sum of squared errors times `scale`, and its derivative, 2 (x - y) scale."""
    total, slope = kernels.squared_error(input, target, scale)
    return namespace(slope).astype(total, input.dtype, copy=False), slope


@_squared_error.backward
def _(g: Any, slope: Any, needs: tuple[bool, bool]) -> Any:
    return scaled(slope, g) if needs[0] else None, slope * -g if needs[1] else None


@_squared_error.cost
def _(input_shape: tuple[int, ...]) -> int:
    return 4 * math.prod(input_shape)  # difference, square, sum, double


@_squared_error.composed
def _(input: Any, target: Any, scale: float) -> Any:
    return sum(square(input - target)) * scale


def share_of_all(input: Any, reduction: str) -> float:
    """What the sum over all elements is multiplied by."""
    return share_of(math.prod(input.shape)) if reduction == "mean" else 1.0


def l1_loss(input: Any, target: Any, reduction: str = "mean", weight: Any = None) -> Any:
    r"""Absolute error, $\ell_i = w_i |x_i - y_i|$; the gradient at 0 is 0.

    Args:
        input: $x$, any shape.
        target: $y$, of the same shape.
        reduction: "mean" over all elements (NaN if there are none), "sum" or "none".
        weight: $w$, of the same shape; "mean" then divides by its sum. Not differentiated.

    Raises:
        ValueError: the shapes differ, or the reduction is unknown.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> l1_loss(tensor([1.0, 2.0]), tensor([1.0, 4.0]))
        tensor(1.0)

    Source: PyTorch's `torch.nn.functional.l1_loss`.
    """
    check_numbers(reduction, input=input, target=target)
    return _finished(abs(input - target), reduction, weight)


def huber_loss(
    input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None
) -> Any:
    r"""Squared error near 0 and absolute error far out.

    $$\ell_i = \begin{cases} \tfrac12 d_i^2 & |d_i| \le \delta \\
      \delta (|d_i| - \tfrac12 \delta) & \text{otherwise} \end{cases}, \qquad d_i = x_i - y_i$$

    Args:
        input: $x$, any shape.
        target: $y$, of the same shape.
        reduction: "mean" over all elements (NaN if there are none), "sum" or "none".
        delta: $\delta$, where the parabola goes over into the line.
        weight: what each loss counts, of the same shape; "mean" then divides by its sum. Not
            differentiated.

    Raises:
        ValueError: the shapes differ, the reduction is unknown, or `delta` is not positive.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> huber_loss(tensor([1.0, 5.0]), tensor([0.0, 0.0]), reduction="none")
        tensor([0.5, 4.5])

    Source: Huber, Robust Estimation of a Location Parameter (1964); PyTorch's
        `torch.nn.functional.huber_loss`.
    """
    check_positive("delta", delta)
    check_numbers(reduction, input=input, target=target)
    return _finished(_huber(input, target, delta), reduction, weight)


def smooth_l1_loss(input: Any, target: Any, reduction: str = "mean", beta: float = 1.0) -> Any:
    r"""Absolute error with its tip rounded off; `huber_loss` with $\delta = \beta$, over $\beta$.

    $$\ell_i = \begin{cases} \tfrac12 d_i^2 / \beta & |d_i| \le \beta \\
      |d_i| - \tfrac12 \beta & \text{otherwise} \end{cases}, \qquad d_i = x_i - y_i$$

    Args:
        input: $x$, any shape.
        target: $y$, of the same shape.
        reduction: "mean" over all elements (NaN if there are none), "sum" or "none".
        beta: $\beta$, how far the parabola reaches; 0 for `l1_loss`.

    Raises:
        ValueError: the shapes differ, the reduction is unknown, or `beta` is negative.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> smooth_l1_loss(tensor([1.0, 5.0]), tensor([0.0, 0.0]), beta=2.0, reduction="none")
        tensor([0.25, 4.  ])

    Source: Girshick, Fast R-CNN (2015), equation 3; PyTorch's
        `torch.nn.functional.smooth_l1_loss`.
    """
    check_not_negative("beta", beta)
    if beta == 0:
        return l1_loss(input, target, reduction)
    check_numbers(reduction, input=input, target=target)
    return reduced(_huber(input, target, beta) / beta, reduction)


def _finished(losses: Any, reduction: str, weight: Any) -> Any:
    """The losses times their weights, by whose sum a mean divides."""
    if weight is None:
        return reduced(losses, reduction)
    check_same_shape(input=losses, weight=weight)
    weights = array_of("weight", weight)
    return reduced(weighted(losses, weights), reduction, divisor=sum(weights))


def _huber(input: Any, target: Any, delta: float) -> Any:
    """A parabola of what lies within delta, and a line of what goes beyond."""
    far = input - target
    near = clip(far, -delta, delta)
    return square(near) * 0.5 + abs(far - near) * delta
