"""How far numbers are from numbers, as modules."""

from __future__ import annotations

from nt_autograd import Tensor, huber_loss, l1_loss, mse_loss, smooth_l1_loss
from nt_autograd.ops.losses.options import check_not_negative, check_positive
from nt_tensor import Array

from ._loss import Loss, Reduction


class MSELoss(Loss):
    r"""Squared error, $(x - y)^2$.

    Shapes: input (…), target (…) -> () or, with reduction "none", (…).

    Args:
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        ValueError: `reduction` is unknown; in a call, shapes differ.

    Example:
        >>> from nt_autograd import tensor
        >>> MSELoss()(tensor([1.0, 2.0]), tensor([1.0, 4.0]))
        tensor(2.0)

    Source: PyTorch's `torch.nn.MSELoss`.
    """

    def __init__(self, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)

    def forward(self, input: Tensor, target: Tensor | Array) -> Tensor:
        """The loss of numbers (…) against numbers (…)."""
        loss: Tensor = mse_loss(input, target, self.reduction)
        return loss


class L1Loss(Loss):
    r"""Absolute error, $|x - y|$.

    Shapes: input (…), target (…) -> () or, with reduction "none", (…).

    Args:
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        ValueError: `reduction` is unknown; in a call, shapes differ.

    Example:
        >>> from nt_autograd import tensor
        >>> L1Loss()(tensor([1.0, 2.0]), tensor([1.0, 4.0]))
        tensor(1.0)

    Source: PyTorch's `torch.nn.L1Loss`.
    """

    def __init__(self, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)

    def forward(self, input: Tensor, target: Tensor | Array) -> Tensor:
        """The loss of numbers (…) against numbers (…)."""
        loss: Tensor = l1_loss(input, target, self.reduction)
        return loss


class SmoothL1Loss(Loss):
    r"""Absolute error with its tip rounded off.

    $$\tfrac12 d^2 / \beta \text{ up to } \beta, \text{ then } |d| - \tfrac12 \beta$$

    Shapes: input (…), target (…) -> () or, with reduction "none", (…).

    Args:
        reduction: `"mean"`, `"sum"` or `"none"`.
        beta: $\beta$, how far the parabola reaches; 0 for `L1Loss`.

    Raises:
        ValueError: `reduction` is unknown or `beta` negative; in a call, shapes differ.

    Example:
        >>> from nt_autograd import tensor
        >>> SmoothL1Loss(reduction="none")(tensor([1.0, 5.0]), tensor([0.0, 0.0]))
        tensor([0.5, 4.5])

    Source: PyTorch's `torch.nn.SmoothL1Loss`.
    """

    def __init__(self, reduction: Reduction = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction)
        check_not_negative("beta", beta)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor | Array) -> Tensor:
        """The loss of numbers (…) against numbers (…)."""
        loss: Tensor = smooth_l1_loss(input, target, self.reduction, self.beta)
        return loss


class HuberLoss(Loss):
    r"""Squared error near 0, absolute error far out.

    $$\tfrac12 d^2 \text{ up to } \delta, \text{ then } \delta (|d| - \tfrac12 \delta)$$

    Shapes: input (…), target (…) -> () or, with reduction "none", (…).

    Args:
        reduction: `"mean"`, `"sum"` or `"none"`.
        delta: $\delta$, where the parabola goes over into the line.

    Raises:
        ValueError: `reduction` is unknown or `delta` not positive; in a call, shapes differ.

    Example:
        >>> from nt_autograd import tensor
        >>> HuberLoss(reduction="none", delta=2.0)(tensor([1.0, 5.0]), tensor([0.0, 0.0]))
        tensor([0.5, 8. ])

    Source: PyTorch's `torch.nn.HuberLoss`.
    """

    def __init__(self, reduction: Reduction = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction)
        check_positive("delta", delta)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor | Array) -> Tensor:
        """The loss of numbers (…) against numbers (…)."""
        loss: Tensor = huber_loss(input, target, self.reduction, self.delta)
        return loss
