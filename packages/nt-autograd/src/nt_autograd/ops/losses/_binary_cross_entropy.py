"""Yes or no: binary cross-entropy of probabilities, and of logits."""

from __future__ import annotations

import math
from typing import Any

from nt_tensor import kernels, namespace

from ...primitive import primitive
from .._maximum import clip
from .._sum import sum
from ..activations._relu import softplus
from ._reduction import array_of, check_numbers, reduced, scaled, weighted
from ._regression import share_of_all

__all__ = ["binary_cross_entropy", "binary_cross_entropy_with_logits"]

LOWEST, SMALLEST = -100.0, 1e-12  # PyTorch's bounds


def binary_cross_entropy(
    input: Any, target: Any, weight: Any = None, reduction: str = "mean"
) -> Any:
    r"""Cross-entropy of probabilities of yes.

    $$\ell_i = -w_i \big(y_i \ln p_i + (1 - y_i) \ln (1 - p_i)\big), \qquad
      \frac{\partial \ell_i}{\partial p_i} = w_i \frac{p_i - y_i}{p_i (1 - p_i)}$$

    As in PyTorch, logarithms are no lower than -100 and $p_i (1 - p_i)$ in the gradient is at least
    1e-12, so that probabilities of 0 and 1 give finite losses and gradients. No other loss alters
    its numbers so; `binary_cross_entropy_with_logits` needs no such thing, and is more exact.

    Args:
        input: $p$, any shape, from 0 to 1.
        target: $y$, of the same shape, from 0 to 1.
        weight: $w$, of a shape that broadcasts to that of `input`; not part of what "mean" divides
            by.
        reduction: "mean" over all elements (NaN if there are none), "sum" or "none".

    Raises:
        ValueError: the shapes do not fit, an input lies outside of [0, 1], or the reduction is
            unknown.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> binary_cross_entropy(tensor([0.5, 0.0]), tensor([1.0, 1.0]), reduction="none")
        tensor([  0.6931..., 100.       ])

    Source: PyTorch's `torch.nn.functional.binary_cross_entropy`.
    """
    check_numbers(reduction, input=input, target=target)
    p = array_of("input", input)
    xp = namespace(p)
    if bool(xp.any((p < 0) | (p > 1))):
        raise ValueError(
            f"input must hold probabilities, got {float(xp.min(p)):g} to {float(xp.max(p)):g}; "
            "for logits there is binary_cross_entropy_with_logits"
        )
    return reduced(weighted(_of_probabilities(input, target), weight), reduction)


@primitive(promotes=True)
def _of_probabilities(p: Any, target: Any, /) -> Any:
    return -(target * _log(p) + (1.0 - target) * _log_rest(p))


@_of_probabilities.backward
def _(g: Any, p: Any, target: Any, needs: tuple[bool, bool]) -> Any:
    return (
        g * ((p - target) / clip(p - p * p, SMALLEST)) if needs[0] else None,
        g * (_log_rest(p) - _log(p)) if needs[1] else None,
    )


@primitive
def _log(p: Any, /) -> Any:
    """The logarithm of p, no lower than PyTorch lets it be."""
    xp = namespace(p)
    return xp.where(p <= 0, LOWEST, xp.maximum(xp.log(xp.where(p <= 0, 1, p)), LOWEST))


@_log.backward
def _(g: Any, p: Any) -> Any:
    return g / clip(p, SMALLEST)


@primitive
def _log_rest(p: Any, /) -> Any:
    """The logarithm of 1 - p, no lower than PyTorch lets it be."""
    xp = namespace(p)
    return xp.where(p >= 1, LOWEST, xp.maximum(xp.log1p(-xp.where(p >= 1, 0, p)), LOWEST))


@_log_rest.backward
def _(g: Any, p: Any) -> Any:
    return -g / clip(1.0 - p, SMALLEST)


def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Any:
    r"""Cross-entropy of logits of yes, exact however large they are.

    $$\ell_i = -w_i \big(\omega\, y_i \ln \sigma(x_i) + (1 - y_i) \ln \sigma(-x_i)\big)
      = w_i \big(\omega\, y_i \ln (1 + e^{-x_i}) + (1 - y_i) \ln (1 + e^{x_i})\big)$$

    Args:
        input: $x$, any shape.
        target: $y$, of the same shape, from 0 to 1.
        weight: $w$, of a shape that broadcasts to that of `input`; not part of what "mean" divides
            by.
        reduction: "mean" over all elements (NaN if there are none), "sum" or "none".
        pos_weight: $\omega$, what a yes counts, of a shape that broadcasts to that of `input`.

    Raises:
        ValueError: the shapes do not fit, or the reduction is unknown.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> binary_cross_entropy_with_logits(tensor([0.0, -1e4]), tensor([1.0, 0.0]))
        tensor(0.3465...)

    Source: PyTorch's `torch.nn.functional.binary_cross_entropy_with_logits`.
    """
    check_numbers(reduction, input=input, target=target)
    if weight is None and pos_weight is None and reduction != "none":
        return _of_logits(input, target, share_of_all(input, reduction))
    yes = weighted(softplus(-input) * target, pos_weight, "pos_weight")
    return reduced(weighted(yes + softplus(input) * (1.0 - target), weight), reduction)


@primitive(keeps=("slope",), promotes=True)
def _of_logits(input: Any, target: Any, /, scale: float) -> Any:
    """The sum of the losses times `scale`, and its derivative, (sigmoid(x) - y) scale."""
    total, slope = kernels.logistic_error(input, target, scale)
    return namespace(slope).astype(total, input.dtype, copy=False), slope


@_of_logits.backward
def _(g: Any, input: Any, slope: Any, scale: float, needs: tuple[bool, bool]) -> Any:
    return scaled(slope, g) if needs[0] else None, input * (g * -scale) if needs[1] else None


@_of_logits.cost
def _(input_shape: tuple[int, ...]) -> int:
    return 8 * math.prod(input_shape)  # exponential, logarithm, 2 products, 3 sums, quotient


@_of_logits.composed
def _(input: Any, target: Any, scale: float) -> Any:
    return sum(softplus(-input) * target + softplus(input) * (1.0 - target)) * scale
