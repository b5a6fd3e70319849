"""Losses of two classes, 1 and -1, as modules."""

from __future__ import annotations

from nt_autograd import Tensor, hinge_loss, soft_margin_loss
from nt_autograd.ops.losses.options import check_positive
from nt_tensor import Array

from ._loss import Loss, Reduction


class HingeLoss(Loss):
    r"""What a support vector machine minimises, $\max(0, m - y x)$, or its square.

    Shapes: input (…), target (…) of 1 and -1 -> () or, with reduction "none", (…).

    Args:
        margin: $m$.
        squared: square it.
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        ValueError: an option is out of its range; in a call, shapes differ or a target is neither 1
            nor -1.

    Example:
        >>> from nt_autograd import tensor
        >>> HingeLoss(reduction="none")(tensor([0.5, 3.0, 1.0]), tensor([1, 1, -1]))
        tensor([0.5, 0. , 2. ])

    Source: Cortes and Vapnik, Support-Vector Networks (1995).
    """

    def __init__(
        self, margin: float = 1.0, squared: bool = False, reduction: Reduction = "mean"
    ) -> None:
        super().__init__(reduction)
        check_positive("margin", margin)
        self.margin, self.squared = margin, squared

    def forward(self, input: Tensor, target: Tensor | Array) -> Tensor:
        """The loss of scores (…) against signs (…)."""
        loss: Tensor = hinge_loss(input, target, self.margin, self.squared, self.reduction)
        return loss


class SoftMarginLoss(Loss):
    r"""The logistic loss, $\ln (1 + e^{-y x})$.

    Shapes: input (…), target (…) of 1 and -1 -> () or, with reduction "none", (…).

    Args:
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        ValueError: `reduction` is unknown; in a call, shapes differ or a target is neither 1 nor
            -1.

    Example:
        >>> from nt_autograd import tensor
        >>> SoftMarginLoss()(tensor([0.0]), tensor([1]))
        tensor(0.6931...)

    Source: PyTorch's `torch.nn.SoftMarginLoss`.
    """

    def __init__(self, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)

    def forward(self, input: Tensor, target: Tensor | Array) -> Tensor:
        """The loss of scores (…) against signs (…)."""
        loss: Tensor = soft_margin_loss(input, target, self.reduction)
        return loss
