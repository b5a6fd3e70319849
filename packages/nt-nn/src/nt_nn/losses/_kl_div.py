"""KLDivLoss: how much one distribution is surprised by another."""

from __future__ import annotations

from typing import Literal

from nt_autograd import Tensor, kl_div
from nt_tensor import Array

from ._loss import Loss


class KLDivLoss(Loss):
    r"""Kullback-Leibler divergence, $y (\ln y - x)$, of log-probabilities $x$.

    Shapes: input (…), target (…) -> () or, with reduction "none", (…).

    Args:
        reduction: `"mean"`, `"batchmean"` (the sum over the length of the first axis), `"sum"` or
            `"none"`.
        log_target: whether the targets are log-probabilities too.

    Raises:
        ValueError: `reduction` is unknown; in a call, shapes differ.

    Example:
        >>> from nt_autograd import log, tensor
        >>> loss = KLDivLoss(reduction="batchmean")
        >>> loss(log(tensor([[0.5, 0.5]])), tensor([[1.0, 0.0]]))
        tensor(0.6931...)

    Source: PyTorch's `torch.nn.KLDivLoss`.
    """

    def __init__(
        self,
        reduction: Literal["mean", "batchmean", "sum", "none"] = "mean",
        log_target: bool = False,
    ) -> None:
        super().__init__(reduction, "batchmean")
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor | Array) -> Tensor:
        """The loss of log-probabilities (…) against probabilities (…)."""
        loss: Tensor = kl_div(input, target, self.reduction, self.log_target)
        return loss
