"""CosineAnnealingLR and CosineAnnealingWarmRestarts: down along half a wave, once or often."""

from __future__ import annotations

import math

from ..optim import Optimizer
from ._checks import at_least, positive
from ._schedule import Schedule


class CosineAnnealingLR(Schedule):
    r"""Down to a floor along half a cosine wave; further on it rises again.

    $$\eta_t = \eta_\min + \tfrac{1}{2} (\eta - \eta_\min) \left(1 + \cos \frac{\pi t}{T}\right)$$

    Args:
        optimizer: whose rates are set.
        T_max: $T$, where the floor is reached.
        eta_min: $\eta_\min$.

    Raises:
        ValueError: unless `T_max` > 0 and `eta_min` >= 0.

    Example:
        >>> from nt_nn import Linear
        >>> from nt_nn.optim import SGD
        >>> schedule = CosineAnnealingLR(SGD(Linear(1, 1).parameters(), lr=1.0), T_max=4)
        >>> [round(schedule.lr_at(step, 1.0), 3) for step in range(5)]
        [1.0, 0.854, 0.5, 0.146, 0.0]

    Source: Loshchilov and Hutter, SGDR (2017), equation 5, without restarts; PyTorch's
        `torch.optim.lr_scheduler.CosineAnnealingLR`.
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:
        positive(T_max=T_max)
        at_least(0, eta_min=eta_min)
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer)

    def lr_at(self, step: int, base_lr: float) -> float:
        """The rate at a step by the formula above."""
        return half_wave(base_lr, self.eta_min, step / self.T_max)


class CosineAnnealingWarmRestarts(Schedule):
    r"""Half cosine waves one after the other, each a number of times as long as the one before.

    $$\eta_t = \eta_\min + \tfrac{1}{2} (\eta - \eta_\min)
    \left(1 + \cos \frac{\pi \, t_\mathrm{cur}}{T_i}\right), \qquad T_{i+1} = m \, T_i$$

    Here $t_\mathrm{cur}$ counts from the last restart.

    Args:
        optimizer: whose rates are set.
        T_0: the length of the first wave.
        T_mult: $m$, 1 for waves of one length.
        eta_min: $\eta_\min$.

    Raises:
        ValueError: unless `T_0` >= 1, `T_mult` >= 1 and `eta_min` >= 0.

    Example:
        >>> from nt_nn import Linear
        >>> from nt_nn.optim import SGD
        >>> optimizer = SGD(Linear(1, 1).parameters(), lr=1.0)
        >>> schedule = CosineAnnealingWarmRestarts(optimizer, T_0=2, T_mult=2)
        >>> [round(schedule.lr_at(step, 1.0), 3) for step in range(8)]
        [1.0, 0.5, 1.0, 0.854, 0.5, 0.146, 1.0, 0.962]

    Source: Loshchilov and Hutter, SGDR (2017), equation 5; PyTorch's
        `torch.optim.lr_scheduler.CosineAnnealingWarmRestarts`.
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0
    ) -> None:
        at_least(1, T_0=T_0, T_mult=T_mult)
        at_least(0, eta_min=eta_min)
        self.T_0 = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        super().__init__(optimizer)

    def lr_at(self, step: int, base_lr: float) -> float:
        """The rate at a step by the formula above."""
        length = self.T_0
        if self.T_mult == 1:
            step %= length
        while step >= length:
            step -= length
            length *= self.T_mult
        return half_wave(base_lr, self.eta_min, step / length)


def half_wave(high: float, low: float, passed: float) -> float:
    """From `high` at 0 to `low` at 1 along a cosine."""
    return low + 0.5 * (high - low) * (1.0 + math.cos(math.pi * passed))
