"""PolynomialLR: down along a power of the steps that are left."""

from __future__ import annotations

from ..optim import Optimizer
from ._checks import at_least, positive
from ._schedule import Schedule


class PolynomialLR(Schedule):
    r"""Down to a floor along a power of the share of steps that are left.

    $$\eta_t = \eta_\mathrm{end} + (\eta - \eta_\mathrm{end}) \left(1 - \min(t / T, 1)\right)^p$$

    Args:
        optimizer: whose rates are set.
        total_iters: $T$.
        power: $p$; 1 is a straight line.
        end_lr: the floor $\eta_\mathrm{end}$, the same for every group.

    Raises:
        ValueError: unless `total_iters` > 0, `power` > 0 and `end_lr` >= 0.

    Example:
        >>> from nt_nn import Linear
        >>> from nt_nn.optim import SGD
        >>> schedule = PolynomialLR(SGD(Linear(1, 1).parameters(), lr=1.0), 4, power=2.0)
        >>> [schedule.lr_at(step, 1.0) for step in range(6)]
        [1.0, 0.5625, 0.25, 0.0625, 0.0, 0.0]

    Source: PyTorch's `torch.optim.lr_scheduler.PolynomialLR`; the floor: BERT's training script
        (Devlin et al., 2019).
    """

    def __init__(
        self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, end_lr: float = 0.0
    ) -> None:
        positive(total_iters=total_iters, power=power)
        at_least(0, end_lr=end_lr)
        self.total_iters = total_iters
        self.power = power
        self.end_lr = end_lr
        super().__init__(optimizer)

    def lr_at(self, step: int, base_lr: float) -> float:
        """The rate at a step by the formula above."""
        left = 1.0 - min(step / self.total_iters, 1.0)
        return self.end_lr + (base_lr - self.end_lr) * float(left**self.power)
