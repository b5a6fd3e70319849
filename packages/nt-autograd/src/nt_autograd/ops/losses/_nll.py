"""Negative log-likelihoods: of classes, counts and normal distributions."""

from __future__ import annotations

import math
from typing import Any

from nt_tensor import kernels, namespace

from ...tensor import Tensor
from .._exponential import exp, log
from .._gather import gather
from .._maximum import clip
from .._power import square
from .._reshape import unsqueeze
from .._where import where
from ._reduction import array_of, check_numbers, reduced
from ._targets import class_weights, labelled
from .options import check_not_negative, check_positive, check_reduction

__all__ = ["gaussian_nll_loss", "nll_loss", "poisson_nll_loss"]


def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Any:
    r"""Negative log-likelihood of classes, $\ell_i = -w_{c_i} x_{i, c_i}$, given log-probabilities.

    `cross_entropy` is this behind `log_softmax`, and faster than both.

    Args:
        input: log-probabilities (classes,), (N, classes) or (N, classes, d1, …).
        target: integers (), (N,) or (N, d1, …), each below `classes`.
        weight: (classes,), how much each class counts; not differentiated.
        ignore_index: targets of this value count nothing.
        reduction: "mean" (over what counts, by weight; NaN where nothing does), "sum" or "none".

    Raises:
        ValueError: shapes that do not fit, an unknown reduction.
        IndexError: a target that is no class.
        TypeError: a target that holds no integers, an input that is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> nll_loss(tensor([[-0.5, -1.0], [-3.0, -0.25]]), tensor([0, 1]), reduction="none")
        tensor([0.5 , 0.25])

    Source: PyTorch's `torch.nn.functional.nll_loss`.
    """
    check_reduction(reduction)
    scores, labels, shape, _ = labelled(input, target, ignore_index)
    xp, weights = namespace(labels), class_weights(weight, input)
    counts = kernels.class_counts(labels, weights, ignore_index)
    safe = xp.where(labels == ignore_index, xp.zeros_like(labels), labels)
    picked = gather(scores, 1, xp.expand_dims(xp.astype(safe, xp.int64), axis=1))
    losses = where(counts != 0, -picked.reshape(labels.shape), 0)
    if weights is not None:
        losses = losses * counts
    return reduced(losses.reshape(shape), reduction, divisor=xp.sum(counts))


def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
    reduction: str = "mean",
) -> Any:
    r"""Negative log-likelihood of counts $y$ under a Poisson distribution.

    $$\ell = e^x - y x \quad\text{(the input is the logarithm of the rate)}, \qquad
      \ell = x - y \ln (x + \epsilon)$$

    Args:
        input: $x$, any shape: the logarithm of the rate, or the rate.
        target: $y$, of the same shape.
        log_input: whether $x$ is the logarithm.
        full: add $\ln y!$ by Stirling's formula, $y \ln y - y + \tfrac12 \ln (2 \pi y)$, for $y >
            1$.
        eps: $\epsilon$, which keeps the logarithm of a rate of 0 finite.
        reduction: "mean" over all elements (NaN if there are none), "sum" or "none".

    Raises:
        ValueError: the shapes differ, the reduction is unknown, or `eps` is negative.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> poisson_nll_loss(tensor([0.0, 1.0]), tensor([2.0, 1.0]), reduction="none")
        tensor([1.       , 1.7182...])

    Source: PyTorch's `torch.nn.functional.poisson_nll_loss`.
    """
    check_not_negative("eps", eps)
    check_numbers(reduction, input=input, target=target)
    losses = exp(input) - target * input if log_input else input - target * log(input + eps)
    if full:
        many = where(target > 1, target, 1)
        losses = losses + where(
            target > 1, many * log(many) - many + log(many * (2 * math.pi)) * 0.5, 0
        )
    return reduced(losses, reduction)


def gaussian_nll_loss(
    input: Any,
    target: Any,
    var: Any,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Any:
    r"""Negative log-likelihood of numbers $y$ under normal distributions of mean $x$.

    $$\ell = \tfrac12 \Big(\ln \max(\sigma^2, \epsilon) +
      \frac{(x - y)^2}{\max(\sigma^2, \epsilon)}\Big) \;\big[ + \tfrac12 \ln 2\pi\big]$$

    The gradient of a variance goes on below $\epsilon$ as if it stood at $\epsilon$, so that it can
    come back.

    Args:
        input: $x$, the expected values, any shape.
        target: $y$, of the same shape.
        var: $\sigma^2$: of the same shape, of it with one axis at length 1, or without the last
            axis; or a number.
        full: add the constant.
        eps: the least variance.
        reduction: "mean" over all elements (NaN if there are none), "sum" or "none".

    Raises:
        ValueError: the shapes do not fit, a variance is negative, `eps` is not positive, or the
            reduction is unknown.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> gaussian_nll_loss(tensor([1.0, 2.0]), tensor([1.0, 4.0]), tensor([1.0, 1.0]))
        tensor(1.0)

    Source: Nix and Weigend, Estimating the Mean and Variance of the Target Probability Distribution
        (1994); PyTorch's `torch.nn.functional.gaussian_nll_loss`.
    """
    check_positive("eps", eps)
    check_numbers(reduction, input=input, target=target)
    if isinstance(var, int | float):
        var = input * 0 + var
    var = _fitting(var, tuple(input.shape))
    values = array_of("var", var)
    xp = namespace(values)
    if math.prod(values.shape) and bool(xp.any(values < 0)):
        raise ValueError(f"var must not be negative, got {float(xp.min(values)):g}")
    held = clip(values, eps) - values
    var = var + (Tensor(held) if isinstance(var, Tensor) else held)
    losses = (log(var) + square(input - target) / var) * 0.5
    if full:
        losses = losses + 0.5 * math.log(2 * math.pi)
    return reduced(losses, reduction)


def _fitting(var: Any, shape: tuple[int, ...]) -> Any:
    """The variances with as many axes as the input."""
    mine = tuple(var.shape)
    if mine == shape[:-1] and mine != shape:
        return unsqueeze(var, -1)
    shorter = [(m, n) for m, n in zip(mine, shape, strict=False) if m != n]
    if len(mine) != len(shape) or len(shorter) > 1 or any(m != 1 for m, _ in shorter):
        raise ValueError(
            f"var must have the shape of input, {shape}, or one axis of it at length 1, got {mine}"
        )
    return var
