"""CTCLoss: a sequence of labels from a longer sequence of guesses, without an alignment."""

from __future__ import annotations

from collections.abc import Sequence

from nt_autograd import Tensor, ctc_loss
from nt_autograd.ops.losses.options import check_not_negative
from nt_tensor import Array

from ._loss import Loss, Reduction


class CTCLoss(Loss):
    r"""How improbable labels are, over all alignments with the steps.

    $$-\ln \sum_\pi \prod_t p_t(\pi_t)$$

    The module form of `nt_autograd.ctc_loss`, whose page tells which alignments there are.

    Shapes: log_probs (T, N, C) or (T, C), targets (N, S) or (sum of target_lengths), input_lengths
        and target_lengths (N) or () -> () or, with reduction "none", (N) or ().

    Args:
        blank: the class that stands for none.
        reduction: `"mean"` (of the losses over their target lengths), `"sum"` or `"none"`.
        zero_infinity: let a sequence that cannot be aligned count nothing.

    Raises:
        ValueError: an option is out of its range; in a call, shapes or lengths do not fit.
        IndexError: in a call, a target or the blank is no class.

    Example:
        >>> from nt_autograd import log_softmax, tensor, zeros
        >>> even = log_softmax(zeros(2, 1, 2), -1)
        >>> CTCLoss()(even, tensor([[1]]), [2], [1])  # 3 of 4 paths give it
        tensor(0.2876...)

    Source: PyTorch's `torch.nn.CTCLoss`.
    """

    def __init__(
        self, blank: int = 0, reduction: Reduction = "mean", zero_infinity: bool = False
    ) -> None:
        super().__init__(reduction)
        check_not_negative("blank", blank)
        self.blank, self.zero_infinity = blank, zero_infinity

    def forward(
        self,
        log_probs: Tensor,
        targets: Tensor | Array,
        input_lengths: Tensor | Array | Sequence[int] | int,
        target_lengths: Tensor | Array | Sequence[int] | int,
    ) -> Tensor:
        """The loss of log-probabilities (T, N, C) against labels (N, S)."""
        loss: Tensor = ctc_loss(
            log_probs,
            targets,
            input_lengths,
            target_lengths,
            self.blank,
            self.reduction,
            self.zero_infinity,
        )
        return loss
