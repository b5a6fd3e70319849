"""Focal losses: what is easy counts little."""

from __future__ import annotations

from typing import Any

from nt_tensor import dtype_of, kernels, namespace

from .._exponential import expm1
from .._power import pow
from .._where import where
from ..activations._sigmoid import sigmoid
from ._binary_cross_entropy import binary_cross_entropy_with_logits
from ._cross_entropy import cross_entropy
from ._reduction import array_of, check_numbers, reduced
from ._targets import class_weights
from .options import check_alpha, check_not_negative, check_reduction

__all__ = ["focal_loss", "sigmoid_focal_loss"]


def sigmoid_focal_loss(
    inputs: Any,
    targets: Any,
    alpha: float = 0.25,
    gamma: float = 2.0,
    reduction: str = "mean",
) -> Any:
    r"""Binary cross-entropy of logits in which what is easy counts little.

    $$\ell = -\alpha_t (1 - p_t)^\gamma \ln p_t, \qquad p_t = \begin{cases} \sigma(x) & y = 1 \\
      1 - \sigma(x) & y = 0 \end{cases}, \qquad \alpha_t = \begin{cases} \alpha & y = 1 \\
      1 - \alpha & y = 0 \end{cases}$$

    Args:
        inputs: $x$, logits, any shape.
        targets: $y$, of the same shape, from 0 to 1.
        alpha: the weight of the ones, from 0 to 1; -1 for none.
        gamma: how little; 0 for binary cross-entropy.
        reduction: "mean" over all elements (NaN if there are none; torchvision's own default is
            "none"), "sum" or "none".

    Raises:
        ValueError: the shapes differ, `alpha` or `gamma` is out of its range, or the reduction is
            unknown.
        TypeError: `inputs` is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> sigmoid_focal_loss(tensor([0.0, 8.0]), tensor([1.0, 1.0]), reduction="none")
        tensor([4.3321...e-02, 9.4...e-12])

    Source: Lin et al., Focal Loss for Dense Object Detection (2017), equation 5; torchvision's
        `torchvision.ops.sigmoid_focal_loss`.
    """
    check_alpha(alpha)
    check_not_negative("gamma", gamma)
    check_numbers(reduction, inputs=inputs, targets=targets)
    losses = binary_cross_entropy_with_logits(inputs, targets, reduction="none")
    rest = 1.0 - targets
    if gamma:
        losses = losses * _power(sigmoid(inputs) * rest + sigmoid(-inputs) * targets, gamma)
    if alpha != -1:
        losses = losses * (targets * alpha + rest * (1.0 - alpha))
    return reduced(losses, reduction)


def focal_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    gamma: float = 2.0,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Any:
    r"""Cross-entropy of several classes in which what is easy counts little.

    $$\ell = -w_c (1 - p_c)^\gamma \ln p_c, \qquad p = \mathrm{softmax}(x)$$

    Args:
        input: $x$, logits (classes,), (N, classes) or (N, classes, d1, …).
        target: $c$, integers (), (N,) or (N, d1, …), each below `classes`.
        weight: $w$, (classes,), how much each class counts ($\alpha$ in the paper); not
            differentiated.
        gamma: how little; 0 for `cross_entropy`.
        ignore_index: targets of this value count nothing.
        reduction: "mean" (over what counts, by weight; NaN where nothing does), "sum" or "none".

    Raises:
        ValueError: shapes that do not fit, `gamma` is negative, an unknown reduction.
        IndexError: a target that is no class.
        TypeError: a target that holds no integers, an input that is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> focal_loss(tensor([[0.0, 0.0]]), tensor([1]))
        tensor(0.1732...)

    Source: Lin et al., Focal Loss for Dense Object Detection (2017), equation 5, with the softmax
        of section 3.
    """
    check_not_negative("gamma", gamma)
    check_reduction(reduction)
    labels = array_of("target", target)
    if dtype_of(labels).kind == "float":
        raise TypeError(f"target must hold integers, got {labels.dtype}")
    losses = cross_entropy(input, target, None, ignore_index, "none")
    if gamma:
        losses = losses * _power(-expm1(-losses), gamma)
    counts = kernels.class_counts(labels, class_weights(weight, input), ignore_index)
    xp = namespace(counts)
    if weight is not None:
        losses = losses * counts
    return reduced(losses, reduction, divisor=xp.sum(counts))


def _power(base: Any, gamma: float) -> Any:
    """A power whose derivative at 0 is taken for 0: there the loss is, and grows no faster."""
    there = base > 0
    return where(there, pow(where(there, base, 1.0), gamma), 0)
