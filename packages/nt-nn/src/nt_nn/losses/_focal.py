"""Focal losses as modules: what is easy counts little."""

from __future__ import annotations

from nt_autograd import Tensor, focal_loss, sigmoid_focal_loss
from nt_autograd.ops.losses.options import check_alpha, check_not_negative
from nt_tensor import Array

from ..parameter import Buffer
from ._loss import Loss, Reduction, carried


class FocalLoss(Loss):
    r"""Cross-entropy of logits in which what is easy counts little.

    $$-w_c (1 - p_c)^\gamma \ln p_c$$

    Shapes: input (C), (N, C) or (N, C, d…) of logits, target (), (N) or (N, d…) of class indices ->
        () or, with reduction "none", the shape of the target.

    Args:
        weight: $w$, (C,), how much each class counts; None for 1.
        gamma: $\gamma$, how little; 0 for `CrossEntropyLoss`.
        ignore_index: a target that counts nothing.
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        ValueError: an option is out of its range; in a call, shapes do not fit.
        IndexError: in a call, a target is no class.

    Example:
        >>> from nt_autograd import tensor
        >>> FocalLoss()(tensor([[0.0, 0.0]]), tensor([1]))  # a quarter of log 2
        tensor(0.1732...)

    Source: Lin et al., Focal Loss for Dense Object Detection (2017), equation 5.
    """

    weight: Buffer | None  # (C,)

    def __init__(
        self,
        weight: Tensor | Array | None = None,
        gamma: float = 2.0,
        ignore_index: int = -100,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction)
        check_not_negative("gamma", gamma)
        self.weight, self.gamma, self.ignore_index = carried(weight), gamma, ignore_index

    def forward(self, input: Tensor, target: Tensor | Array) -> Tensor:
        """The loss of logits (N, C, d…) against class indices (N, d…)."""
        loss: Tensor = focal_loss(
            input, target, self.weight, self.gamma, self.ignore_index, self.reduction
        )
        return loss


class SigmoidFocalLoss(Loss):
    r"""Binary cross-entropy in which what is easy counts little.

    $$-\alpha_t (1 - p_t)^\gamma \ln p_t$$

    Shapes: inputs (…) of logits, targets (…) -> () or, with reduction "none", (…).

    Args:
        alpha: the weight of the ones, from 0 to 1; -1 for none.
        gamma: $\gamma$, how little; 0 for `BCEWithLogitsLoss`.
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        ValueError: an option is out of its range; in a call, shapes differ.

    Example:
        >>> from nt_autograd import tensor
        >>> SigmoidFocalLoss(alpha=-1)(tensor([0.0]), tensor([1.0]))  # a quarter of log 2
        tensor(0.1732...)

    Source: Lin et al., Focal Loss for Dense Object Detection (2017), equation 5.
    """

    def __init__(
        self, alpha: float = 0.25, gamma: float = 2.0, reduction: Reduction = "mean"
    ) -> None:
        super().__init__(reduction)
        check_alpha(alpha)
        check_not_negative("gamma", gamma)
        self.alpha, self.gamma = alpha, gamma

    def forward(self, inputs: Tensor, targets: Tensor | Array) -> Tensor:
        """The loss of logits (…) against truths (…)."""
        loss: Tensor = sigmoid_focal_loss(inputs, targets, self.alpha, self.gamma, self.reduction)
        return loss
