"""Losses of two classes, 1 and -1, on real scores: hinge_loss, soft_margin_loss."""

from __future__ import annotations

from typing import Any

from .._maximum import clip
from .._power import square
from ..activations._relu import softplus
from ._reduction import check_numbers, check_signs, reduced
from .options import check_positive

__all__ = ["hinge_loss", "soft_margin_loss"]


def hinge_loss(
    input: Any,
    target: Any,
    margin: float = 1.0,
    squared: bool = False,
    reduction: str = "mean",
) -> Any:
    r"""What a support vector machine minimises, $\ell = \max(0, m - y x)$, or its square.

    Args:
        input: $x$, scores, any shape.
        target: $y$, of the same shape, 1 or -1.
        margin: $m$.
        squared: square it.
        reduction: "mean" over all elements (NaN if there are none), "sum" or "none".

    Raises:
        ValueError: the shapes differ, a target is neither 1 nor -1, the margin is not positive, or
            the reduction is unknown.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> hinge_loss(tensor([0.5, 3.0, 1.0]), tensor([1, 1, -1]), reduction="none")
        tensor([0.5, 0. , 2. ])

    Source: Cortes and Vapnik, Support-Vector Networks (1995); squared: Tang, Deep Learning using
        Linear Support Vector Machines (2013).
    """
    check_positive("margin", margin)
    check_numbers(reduction, input=input, target=target)
    check_signs(target)
    losses = clip(margin - input * target, 0.0)
    return reduced(square(losses) if squared else losses, reduction)


def soft_margin_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    r"""The logistic loss, $\ell = \ln (1 + e^{-y x})$, exact however large the scores are.

    Args:
        input: $x$, scores, any shape.
        target: $y$, of the same shape, 1 or -1.
        reduction: "mean" over all elements (NaN if there are none), "sum" or "none".

    Raises:
        ValueError: the shapes differ, a target is neither 1 nor -1, or the reduction is unknown.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> soft_margin_loss(tensor([0.0, 1e4]), tensor([1, -1]), reduction="none")
        tensor([6.9314...e-01, 1.0000...e+04])

    Source: PyTorch's `torch.nn.functional.soft_margin_loss`.
    """
    check_numbers(reduction, input=input, target=target)
    check_signs(target)
    return reduced(softplus(-(input * target)), reduction)
