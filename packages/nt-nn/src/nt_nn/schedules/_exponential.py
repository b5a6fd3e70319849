"""ExponentialLR: the same factor at every step."""

from __future__ import annotations

from ..optim import Optimizer
from ._checks import at_least
from ._schedule import Schedule


class ExponentialLR(Schedule):
    r"""Falls by the same factor at every step: $\eta_t = \eta \, \gamma^t$.

    Args:
        optimizer: whose rates are set.
        gamma: $\gamma$.

    Raises:
        ValueError: unless `gamma` >= 0.

    Example:
        >>> from nt_nn import Linear
        >>> from nt_nn.optim import SGD
        >>> schedule = ExponentialLR(SGD(Linear(1, 1).parameters(), lr=0.8), gamma=0.5)
        >>> [schedule.lr_at(step, 0.8) for step in range(4)]
        [0.8, 0.4, 0.2, 0.1]

    Source: PyTorch's `torch.optim.lr_scheduler.ExponentialLR`.
    """

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        at_least(0, gamma=gamma)
        self.gamma = gamma
        super().__init__(optimizer)

    def lr_at(self, step: int, base_lr: float) -> float:
        """The rate at a step by the formula above."""
        return base_lr * float(self.gamma**step)
