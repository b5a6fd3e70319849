"""Losses of triplets as modules: an anchor nearer to what it is like than to what it is not."""

from __future__ import annotations

from collections.abc import Callable

from nt_autograd import Tensor, triplet_margin_loss, triplet_margin_with_distance_loss
from nt_autograd.ops.losses.options import check_not_negative, check_positive

from ._loss import Loss, Reduction


class TripletMarginLoss(Loss):
    r"""Brings an anchor nearer to a like vector than to an unlike one.

    $$\max(0, d(a, p) - d(a, n) + m)$$

    Shapes: anchor (N, D) or (D), positive and negative the same -> () or, with reduction "none",
        (N).

    Args:
        margin: $m$.
        p: the order of the norm that measures distances.
        eps: added to every difference.
        swap: use $\min(d(a, n), d(p, n))$ for $d(a, n)$.
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        ValueError: an option is out of its range; in a call, shapes differ.

    Example:
        >>> from nt_autograd import tensor
        >>> a, p, n = tensor([[0.0, 0.0]]), tensor([[3.0, 4.0]]), tensor([[0.0, 5.5]])
        >>> TripletMarginLoss(eps=0.0)(a, p, n)
        tensor(0.5)

    Source: PyTorch's `torch.nn.TripletMarginLoss`.
    """

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction)
        check_positive("margin", margin)
        check_not_negative("eps", eps)
        self.margin, self.p, self.eps, self.swap = margin, p, eps, swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """The loss of triplets of vectors (N, D)."""
        loss: Tensor = triplet_margin_loss(
            anchor, positive, negative, self.margin, self.p, self.eps, self.swap, self.reduction
        )
        return loss


class TripletMarginWithDistanceLoss(Loss):
    r"""`TripletMarginLoss` with a distance of one's own.

    $$\max(0, d(a, p) - d(a, n) + m)$$

    Shapes: anchor (N, …), positive and negative the same -> () or, with reduction "none", the shape
        of the distances.

    Args:
        distance_function: takes two sets of vectors and gives their distances; None for
            `nt_autograd.pairwise_distance`.
        margin: by how much nearer the positive one shall be.
        swap: use the smaller of the negative one's distances to the anchor and to the positive one.
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        ValueError: an option is out of its range; in a call, shapes differ.

    Example:
        >>> from nt_autograd import tensor
        >>> loss = TripletMarginWithDistanceLoss(
        ...     distance_function=lambda x, y: (x - y).abs().amax(-1)
        ... )
        >>> loss(tensor([[0.0, 0.0]]), tensor([[3.0, 4.0]]), tensor([[0.0, 4.5]]))
        tensor(0.5)

    Source: PyTorch's `torch.nn.TripletMarginWithDistanceLoss`.
    """

    def __init__(
        self,
        *,
        distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction)
        check_positive("margin", margin)
        self.distance_function, self.margin, self.swap = distance_function, margin, swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """The loss of triplets (N, …)."""
        loss: Tensor = triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )
        return loss
