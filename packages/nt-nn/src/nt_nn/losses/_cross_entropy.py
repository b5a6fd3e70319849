"""CrossEntropyLoss: how surprised a classifier is by the truth."""

from __future__ import annotations

from nt_autograd import Tensor, cross_entropy
from nt_autograd.ops.losses.options import check_between
from nt_tensor import Array

from ..parameter import Buffer
from ._loss import Loss, Reduction, carried


class CrossEntropyLoss(Loss):
    r"""Cross-entropy of logits $x$ with the true class $c$: $-w_c \log \mathrm{softmax}(x)_c$.

    The module form of `nt_autograd.cross_entropy`, whose page has all equations.

    Shapes: input (C), (N, C) or (N, C, d…) of logits, target (), (N) or (N, d…) of class indices,
        or of the input's shape with probabilities -> () or, with reduction "none", the shape of the
        class indices.

    Args:
        weight: (C,), how much each class counts; None for 1.
        ignore_index: a target that counts nothing.
        reduction: `"mean"`, `"sum"` or `"none"`.
        label_smoothing: the share of the truth that is spread evenly over all classes.

    Raises:
        ValueError: `reduction` or `label_smoothing` is out of its range; in a call, shapes do not
            fit.
        IndexError: in a call, a target is no class.

    Example:
        >>> from nt_autograd import tensor
        >>> loss = CrossEntropyLoss()
        >>> y = loss(tensor([[0.0, 0.0], [0.0, 0.0]]), tensor([0, 1]))
        >>> round(y.item(), 4)  # log 2: a coin's surprise
        0.6931

    Source: PyTorch's `torch.nn.CrossEntropyLoss`.
    """

    weight: Buffer | None  # (C,)

    def __init__(
        self,
        weight: Tensor | Array | None = None,
        ignore_index: int = -100,
        reduction: Reduction = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(reduction)
        check_between("label_smoothing", label_smoothing, 0.0, 1.0)
        self.weight = carried(weight)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor | Array) -> Tensor:
        """The loss of logits (N, C, d…) against class indices (N, d…)."""
        loss: Tensor = cross_entropy(
            input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing
        )
        return loss
