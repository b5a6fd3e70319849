"""Margins between classes as modules, where one is right or several are."""

from __future__ import annotations

from nt_autograd import (
    Tensor,
    multi_margin_loss,
    multilabel_margin_loss,
    multilabel_soft_margin_loss,
)
from nt_autograd.ops.losses.options import check_margin_power
from nt_tensor import Array

from ..parameter import Buffer
from ._loss import Loss, Reduction, carried


class MultiMarginLoss(Loss):
    r"""The hinge loss of several classes, $\frac{w_c}{C} \sum_{k \ne c} \max(0, m - x_c + x_k)^p$.

    Shapes: input (N, C) or (C), target (N) or () of class indices -> () or, with reduction "none",
        the shape of the target.

    Args:
        p: 1 or 2.
        margin: $m$.
        weight: $w$, (C,), how much each class counts; None for 1.
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        ValueError: an option is out of its range; in a call, shapes do not fit.
        IndexError: in a call, a target is no class.

    Example:
        >>> from nt_autograd import tensor
        >>> MultiMarginLoss()(tensor([[1.0, 0.5, 0.25]]), tensor([0]))
        tensor(0.25)

    Source: PyTorch's `torch.nn.MultiMarginLoss`.
    """

    weight: Buffer | None  # (C,)

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Tensor | Array | None = None,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction)
        check_margin_power(p)
        self.p, self.margin, self.weight = p, margin, carried(weight)

    def forward(self, input: Tensor, target: Tensor | Array) -> Tensor:
        """The loss of scores (N, C) against class indices (N)."""
        loss: Tensor = multi_margin_loss(
            input, target, self.p, self.margin, self.weight, self.reduction
        )
        return loss


class MultiLabelMarginLoss(Loss):
    r"""The hinge loss where several classes are right.

    $$\frac1C \sum_{c \in Y} \sum_{k \notin Y} \max(0, 1 - x_c + x_k)$$

    Shapes: input (N, C) or (C), target the same: the right classes, then -1 -> () or, with
        reduction "none", (N) or ().

    Args:
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        ValueError: `reduction` is unknown; in a call, shapes differ.
        IndexError: in a call, a target is neither a class nor -1.

    Example:
        >>> from nt_autograd import tensor
        >>> x, y = tensor([[0.0, 0.25, 0.5, 0.75]]), tensor([[3, 0, -1, 1]])
        >>> MultiLabelMarginLoss()(x, y)
        tensor(1.0)

    Source: PyTorch's `torch.nn.MultiLabelMarginLoss`.
    """

    def __init__(self, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)

    def forward(self, input: Tensor, target: Tensor | Array) -> Tensor:
        """The loss of scores (N, C) against the right classes (N, C)."""
        loss: Tensor = multilabel_margin_loss(input, target, self.reduction)
        return loss


class MultiLabelSoftMarginLoss(Loss):
    r"""Binary cross-entropy of each class by itself, averaged over the classes.

    $$-\frac1C \sum_c w_c \big(y_c \ln \sigma(x_c) + (1 - y_c) \ln \sigma(-x_c)\big)$$

    Shapes: input (…, C), target (…, C) -> () or, with reduction "none", (…).

    Args:
        weight: $w$, (C,), how much each class counts; None for 1.
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        ValueError: `reduction` is unknown; in a call, shapes do not fit.

    Example:
        >>> from nt_autograd import tensor
        >>> MultiLabelSoftMarginLoss()(tensor([[0.0, 0.0]]), tensor([[1.0, 0.0]]))
        tensor(0.6931...)

    Source: PyTorch's `torch.nn.MultiLabelSoftMarginLoss`.
    """

    weight: Buffer | None  # (C,)

    def __init__(self, weight: Tensor | Array | None = None, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)
        self.weight = carried(weight)

    def forward(self, input: Tensor, target: Tensor | Array) -> Tensor:
        """The loss of logits (…, C) against truths (…, C)."""
        loss: Tensor = multilabel_soft_margin_loss(input, target, self.weight, self.reduction)
        return loss
