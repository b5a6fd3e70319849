"""Negative log-likelihoods as modules: of classes, counts and normal distributions."""

from __future__ import annotations

from nt_autograd import Tensor, gaussian_nll_loss, nll_loss, poisson_nll_loss
from nt_autograd.ops.losses.options import check_not_negative, check_positive
from nt_tensor import Array

from ..parameter import Buffer
from ._loss import Loss, Reduction, carried


class NLLLoss(Loss):
    r"""Negative log-likelihood of the true class $c$, $-w_c x_c$, of log-probabilities $x$.

    Shapes: input (C), (N, C) or (N, C, d…), target (), (N) or (N, d…) of class indices -> () or,
        with reduction "none", the shape of the target.

    Args:
        weight: (C,), how much each class counts; None for 1.
        ignore_index: a target that counts nothing.
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        ValueError: `reduction` is unknown; in a call, shapes do not fit.
        IndexError: in a call, a target is no class.

    Example:
        >>> from nt_autograd import tensor
        >>> NLLLoss()(tensor([[-0.5, -1.0]]), tensor([0]))
        tensor(0.5)

    Source: PyTorch's `torch.nn.NLLLoss`.
    """

    weight: Buffer | None  # (C,)

    def __init__(
        self,
        weight: Tensor | Array | None = None,
        ignore_index: int = -100,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction)
        self.weight = carried(weight)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor | Array) -> Tensor:
        """The loss of log-probabilities (N, C, d…) against class indices (N, d…)."""
        loss: Tensor = nll_loss(input, target, self.weight, self.ignore_index, self.reduction)
        return loss


class PoissonNLLLoss(Loss):
    r"""Negative log-likelihood of counts $y$ under a Poisson distribution, $e^x - y x$.

    Shapes: input (…), target (…) -> () or, with reduction "none", (…).

    Args:
        log_input: whether the input is the logarithm of the rate.
        full: add Stirling's formula for $\ln y!$.
        eps: keeps the logarithm of a rate of 0 finite.
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        ValueError: `reduction` is unknown or `eps` negative; in a call, shapes differ.

    Example:
        >>> from nt_autograd import tensor
        >>> PoissonNLLLoss()(tensor([0.0]), tensor([2.0]))
        tensor(1.0)

    Source: PyTorch's `torch.nn.PoissonNLLLoss`.
    """

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        eps: float = 1e-8,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction)
        check_not_negative("eps", eps)
        self.log_input, self.full, self.eps = log_input, full, eps

    def forward(self, input: Tensor, target: Tensor | Array) -> Tensor:
        """The loss of rates (…) against counts (…)."""
        loss: Tensor = poisson_nll_loss(
            input, target, self.log_input, self.full, self.eps, self.reduction
        )
        return loss


class GaussianNLLLoss(Loss):
    r"""Negative log-likelihood under normal distributions.

    $$\tfrac12 \big(\ln \sigma^2 + (x - y)^2 / \sigma^2\big)$$

    Shapes: input (…), target (…), var (…), or with one axis at length 1, or without the last -> ()
        or, with reduction "none", (…).

    Args:
        full: add $\tfrac12 \ln 2\pi$.
        eps: the least variance.
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        ValueError: `reduction` is unknown or `eps` not positive; in a call, shapes do not fit or a
            variance is negative.

    Example:
        >>> from nt_autograd import tensor
        >>> GaussianNLLLoss()(tensor([1.0]), tensor([3.0]), tensor([1.0]))
        tensor(2.0)

    Source: PyTorch's `torch.nn.GaussianNLLLoss`.
    """

    def __init__(
        self, *, full: bool = False, eps: float = 1e-6, reduction: Reduction = "mean"
    ) -> None:
        super().__init__(reduction)
        check_positive("eps", eps)
        self.full, self.eps = full, eps

    def forward(self, input: Tensor, target: Tensor | Array, var: Tensor | Array | float) -> Tensor:
        """The loss of expected values against what came, given variances."""
        loss: Tensor = gaussian_nll_loss(input, target, var, self.full, self.eps, self.reduction)
        return loss
