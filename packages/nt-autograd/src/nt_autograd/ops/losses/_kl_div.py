"""kl_div: how much one distribution is surprised by another."""

from __future__ import annotations

from typing import Any

from .._exponential import exp, log
from .._where import where
from ._reduction import check_numbers, reduced

__all__ = ["kl_div"]


def kl_div(input: Any, target: Any, reduction: str = "mean", log_target: bool = False) -> Any:
    r"""Kullback-Leibler divergence, $\ell_i = y_i (\ln y_i - x_i)$, of log-probabilities $x$.

    Where a target is 0 the loss is 0, as is its derivative by the target (which is $-\infty$ from
    above).

    Args:
        input: $x$, log-probabilities, any shape.
        target: $y$, probabilities of the same shape; or their logarithms.
        reduction: "mean" over all elements; "batchmean", the sum over the length of the first axis,
            which is the divergence of the mathematicians; "sum" or "none".
        log_target: whether the target holds logarithms.

    Raises:
        ValueError: the shapes differ, the reduction is unknown, or there is no first axis.
        TypeError: `input` is not floating-point.

    Example:
        >>> from nt_autograd import log, tensor
        >>> kl_div(log(tensor([[0.5, 0.5]])), tensor([[1.0, 0.0]]), reduction="batchmean")
        tensor(0.6931...)

    Source: Kullback and Leibler, On Information and Sufficiency (1951); PyTorch's
        `torch.nn.functional.kl_div`.
    """
    check_numbers(reduction, "batchmean", input=input, target=target)
    if log_target:
        losses = exp(target) * (target - input)
    else:
        there = target != 0
        losses = target * (log(where(there, target, 1)) - where(there, input, 0))
    if reduction != "batchmean":
        return reduced(losses, reduction)
    if not input.ndim:
        raise ValueError('reduction "batchmean" needs a first axis; input is 0-d')
    return reduced(losses, "mean", divisor=input.shape[0])
