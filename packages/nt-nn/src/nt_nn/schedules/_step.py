"""StepLR and MultiStepLR: the rate falls by a factor now and then."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from ..optim import Optimizer
from ._checks import at_least, positive
from ._schedule import Schedule


class StepLR(Schedule):
    r"""Falls by a factor every so many steps: $\eta_t = \eta \, \gamma^{\lfloor t / s \rfloor}$.

    Args:
        optimizer: whose rates are set.
        step_size: $s$.
        gamma: $\gamma$.

    Raises:
        ValueError: unless `step_size` > 0 and `gamma` >= 0.

    Example:
        >>> from nt_nn import Linear
        >>> from nt_nn.optim import SGD
        >>> schedule = StepLR(SGD(Linear(1, 1).parameters(), lr=0.8), step_size=2, gamma=0.5)
        >>> [schedule.lr_at(step, 0.8) for step in range(5)]
        [0.8, 0.8, 0.4, 0.4, 0.2]

    Source: PyTorch's `torch.optim.lr_scheduler.StepLR`.
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        positive(step_size=step_size)
        at_least(0, gamma=gamma)
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer)

    def lr_at(self, step: int, base_lr: float) -> float:
        """The rate at a step by the formula above."""
        return base_lr * float(self.gamma ** (step // self.step_size))


class MultiStepLR(Schedule):
    r"""Falls by a factor at given steps: $\eta_t = \eta \, \gamma^{|\{m : m \le t\}|}$.

    Args:
        optimizer: whose rates are set.
        milestones: the steps $m$; one that stands twice counts twice.
        gamma: $\gamma$.

    Raises:
        ValueError: unless the milestones and `gamma` are at least 0.

    Example:
        >>> from nt_nn import Linear
        >>> from nt_nn.optim import SGD
        >>> schedule = MultiStepLR(SGD(Linear(1, 1).parameters(), lr=0.8), [1, 3], gamma=0.5)
        >>> [schedule.lr_at(step, 0.8) for step in range(5)]
        [0.8, 0.4, 0.4, 0.2, 0.2]

    Source: PyTorch's `torch.optim.lr_scheduler.MultiStepLR`; He et al., Deep residual learning
        (2016), section 4.2.
    """

    def __init__(self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1) -> None:
        self.milestones = sorted(milestones)
        for milestone in self.milestones:
            if not milestone >= 0:
                raise ValueError(f"milestones ({self.milestones}) must be steps, 0 or larger")
        at_least(0, gamma=gamma)
        self.gamma = gamma
        super().__init__(optimizer)

    def lr_at(self, step: int, base_lr: float) -> float:
        """The rate at a step by the formula above."""
        return base_lr * float(self.gamma ** bisect_right(self.milestones, step))
