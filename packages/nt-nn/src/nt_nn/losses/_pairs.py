"""Losses of pairs as modules: alike or not, higher or lower."""

from __future__ import annotations

from nt_autograd import (
    Tensor,
    contrastive_loss,
    cosine_embedding_loss,
    hinge_embedding_loss,
    margin_ranking_loss,
)
from nt_autograd.ops.losses.options import check_between, check_positive
from nt_tensor import Array

from ._loss import Loss, Reduction


class CosineEmbeddingLoss(Loss):
    r"""Turns like vectors towards each other and others away: $1 - \cos$, $\max(0, \cos - m)$.

    Shapes: input1 (N, D) or (D), input2 the same, target (N) or () of 1 and -1 -> () or, with
        reduction "none", (N).

    Args:
        margin: $m$, from -1 to 1.
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        ValueError: an option is out of its range; in a call, shapes do not fit or a target is
            neither 1 nor -1.

    Example:
        >>> from nt_autograd import tensor
        >>> CosineEmbeddingLoss()(tensor([1.0, 0.0]), tensor([0.0, 3.0]), tensor(1))
        tensor(1.0)

    Source: PyTorch's `torch.nn.CosineEmbeddingLoss`.
    """

    def __init__(self, margin: float = 0.0, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)
        check_between("margin", margin, -1.0, 1.0)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor | Array) -> Tensor:
        """The loss of vectors (N, D) and their partners (N, D)."""
        loss: Tensor = cosine_embedding_loss(input1, input2, target, self.margin, self.reduction)
        return loss


class ContrastiveLoss(Loss):
    r"""Draws like vectors together and pushes others apart.

    $$\tfrac12 d^2 \text{ (alike)}, \qquad \tfrac12 \max(0, m - d)^2 \text{ (not)}$$

    Shapes: input1 (N, D) or (D), input2 the same, target (N) or () of 1 and -1 -> () or, with
        reduction "none", (N).

    Args:
        margin: $m$, how far apart unlike vectors shall be.
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        ValueError: an option is out of its range; in a call, shapes do not fit or a target is
            neither 1 nor -1.

    Example:
        >>> from nt_autograd import tensor
        >>> ContrastiveLoss(margin=6.0)(tensor([0.0, 0.0]), tensor([3.0, 4.0]), tensor(-1))
        tensor(0.5)

    Source: Hadsell, Chopra and LeCun, Dimensionality Reduction by Learning an Invariant Mapping
        (2006), equation 4.
    """

    def __init__(self, margin: float = 1.0, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)
        check_positive("margin", margin)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor | Array) -> Tensor:
        """The loss of vectors (N, D) and their partners (N, D)."""
        loss: Tensor = contrastive_loss(input1, input2, target, self.margin, self.reduction)
        return loss


class MarginRankingLoss(Loss):
    r"""Puts the right one of two scores ahead, $\max(0, -y (x_1 - x_2) + m)$.

    Shapes: input1 (…), input2 (…), target (…) of 1 and -1 -> () or, with reduction "none", (…).

    Args:
        margin: $m$.
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        ValueError: `reduction` is unknown; in a call, shapes differ or a target is neither 1 nor
            -1.

    Example:
        >>> from nt_autograd import tensor
        >>> MarginRankingLoss()(tensor([1.0]), tensor([3.0]), tensor([1]))
        tensor(2.0)

    Source: PyTorch's `torch.nn.MarginRankingLoss`.
    """

    def __init__(self, margin: float = 0.0, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor | Array) -> Tensor:
        """The loss of scores (…) and their rivals (…)."""
        loss: Tensor = margin_ranking_loss(input1, input2, target, self.margin, self.reduction)
        return loss


class HingeEmbeddingLoss(Loss):
    r"""Makes distances of like pairs small and of others large: $x$, $\max(0, m - x)$.

    Shapes: input (…), target (…) of 1 and -1 -> () or, with reduction "none", (…).

    Args:
        margin: $m$.
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        ValueError: `reduction` is unknown; in a call, shapes differ or a target is neither 1 nor
            -1.

    Example:
        >>> from nt_autograd import tensor
        >>> HingeEmbeddingLoss(reduction="sum")(tensor([0.25, 0.25]), tensor([1, -1]))
        tensor(1.0)

    Source: PyTorch's `torch.nn.HingeEmbeddingLoss`.
    """

    def __init__(self, margin: float = 1.0, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor | Array) -> Tensor:
        """The loss of distances (…)."""
        loss: Tensor = hinge_embedding_loss(input, target, self.margin, self.reduction)
        return loss
