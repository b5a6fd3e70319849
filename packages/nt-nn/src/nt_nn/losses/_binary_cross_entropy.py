"""Binary cross-entropy as modules: of probabilities, and of logits."""

from __future__ import annotations

from nt_autograd import Tensor, binary_cross_entropy, binary_cross_entropy_with_logits
from nt_tensor import Array

from ..parameter import Buffer
from ._loss import Loss, Reduction, carried


class BCELoss(Loss):
    r"""Cross-entropy of probabilities $p$ of yes, $-w (y \ln p + (1 - y) \ln (1 - p))$.

    As in PyTorch, and in this loss alone, logarithms are no lower than -100.

    Shapes: input (…), target (…) -> () or, with reduction "none", (…).

    Args:
        weight: of a shape that broadcasts to that of the input; None for 1.
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        ValueError: `reduction` is unknown; in a call, shapes do not fit or an input is no
            probability.

    Example:
        >>> from nt_autograd import tensor
        >>> BCELoss()(tensor([0.5]), tensor([1.0]))
        tensor(0.6931...)

    Source: PyTorch's `torch.nn.BCELoss`.
    """

    weight: Buffer | None

    def __init__(self, weight: Tensor | Array | None = None, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)
        self.weight = carried(weight)

    def forward(self, input: Tensor, target: Tensor | Array) -> Tensor:
        """The loss of probabilities (…) against truths (…)."""
        loss: Tensor = binary_cross_entropy(input, target, self.weight, self.reduction)
        return loss


class BCEWithLogitsLoss(Loss):
    r"""Cross-entropy of logits $x$ of yes, $-w (\omega y \ln \sigma(x) + (1 - y) \ln \sigma(-x))$.

    Shapes: input (…), target (…) -> () or, with reduction "none", (…).

    Args:
        weight: of a shape that broadcasts to that of the input; None for 1.
        reduction: `"mean"`, `"sum"` or `"none"`.
        pos_weight: $\omega$, what a yes counts, of a shape that broadcasts; None for 1.

    Raises:
        ValueError: `reduction` is unknown; in a call, shapes do not fit.

    Example:
        >>> from nt_autograd import tensor
        >>> BCEWithLogitsLoss()(tensor([0.0]), tensor([1.0]))
        tensor(0.6931...)

    Source: PyTorch's `torch.nn.BCEWithLogitsLoss`.
    """

    weight: Buffer | None
    pos_weight: Buffer | None

    def __init__(
        self,
        weight: Tensor | Array | None = None,
        reduction: Reduction = "mean",
        pos_weight: Tensor | Array | None = None,
    ) -> None:
        super().__init__(reduction)
        self.weight, self.pos_weight = carried(weight), carried(pos_weight)

    def forward(self, input: Tensor, target: Tensor | Array) -> Tensor:
        """The loss of logits (…) against truths (…)."""
        loss: Tensor = binary_cross_entropy_with_logits(
            input, target, self.weight, self.reduction, self.pos_weight
        )
        return loss
