"""CyclicLR: up and down between two rates, again and again."""

from __future__ import annotations

from typing import Literal

from ..optim import Optimizer
from ._checks import at_least, positive
from ._schedule import Schedule, check_momentum


class CyclicLR(Schedule):
    r"""A triangle wave between two rates, whose height may shrink.

    $$\eta_t = \eta_\mathrm{base} + (\eta_\max - \eta_\mathrm{base}) \, w(t) \, s(t)$$

    The wave $w$ rises from 0 to 1 in `step_size_up` steps and falls back in `step_size_down`. Its
    height $s$ is 1 (`"triangular"`), $2^{-\mathrm{cycle}}$ (`"triangular2"`) or $\gamma^t$
    (`"exp_range"`). The optimizer's own rate is not used.

    Args:
        optimizer: whose rates are set.
        base_lr: $\eta_\mathrm{base}$.
        max_lr: $\eta_\max$.
        step_size_up: steps of a rise.
        step_size_down: steps of a fall; None for as many.
        mode: how the height changes.
        gamma: $\gamma$ of `"exp_range"`.
        cycle_momentum: whether momentum (or Adam's first beta) goes the other way, between
            `max_momentum` and `base_momentum`.
        base_momentum: the least momentum.
        max_momentum: the largest.

    Raises:
        ValueError: an option is out of its range, or the optimizer has no momentum to cycle.

    Example:
        >>> from nt_nn import Linear
        >>> from nt_nn.optim import SGD
        >>> optimizer = SGD(Linear(1, 1).parameters(), lr=0.1, momentum=0.9)
        >>> schedule = CyclicLR(optimizer, 0.0, 1.0, step_size_up=2, mode="triangular2")
        >>> [schedule.lr_at(step, 0.1) for step in range(9)]
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.25, 0.5, 0.25, 0.0]

    Source: Smith, Cyclical learning rates (2017), section 3; PyTorch's
        `torch.optim.lr_scheduler.CyclicLR`.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float,
        max_lr: float,
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: Literal["triangular", "triangular2", "exp_range"] = "triangular",
        gamma: float = 1.0,
        cycle_momentum: bool = True,
        base_momentum: float = 0.8,
        max_momentum: float = 0.9,
    ) -> None:
        if not 0 <= base_lr <= max_lr:
            raise ValueError(f"base_lr ({base_lr}) must be between 0 and max_lr ({max_lr})")
        positive(step_size_up=step_size_up)
        if step_size_down is not None:
            positive(step_size_down=step_size_down)
        if mode not in ("triangular", "triangular2", "exp_range"):
            raise ValueError(f"mode ({mode!r}) must be 'triangular', 'triangular2' or 'exp_range'")
        at_least(0, gamma=gamma)
        if cycle_momentum:
            check_momentum(optimizer, "cycle_momentum")
        self.base_lr = base_lr
        self.max_lr = max_lr
        self.step_size_up = step_size_up
        self.step_size_down = step_size_up if step_size_down is None else step_size_down
        self.mode = mode
        self.gamma = gamma
        self.cycle_momentum = cycle_momentum
        self.base_momentum = base_momentum
        self.max_momentum = max_momentum
        super().__init__(optimizer)

    def lr_at(self, step: int, base_lr: float) -> float:
        """The rate at a step by the formula above, the same for every group."""
        return self.base_lr + (self.max_lr - self.base_lr) * self._height(step)

    def momentum_at(self, step: int) -> float | None:
        """The momentum at a step: high where the rate is low."""
        if not self.cycle_momentum:
            return None
        return self.max_momentum - (self.max_momentum - self.base_momentum) * self._height(step)

    def _height(self, step: int) -> float:
        cycle, within = divmod(step, self.step_size_up + self.step_size_down)
        rising = within <= self.step_size_up
        wave = (
            within / self.step_size_up
            if rising
            else 1.0 - (within - self.step_size_up) / self.step_size_down
        )
        if self.mode == "triangular":
            return wave
        return wave * float(0.5**cycle if self.mode == "triangular2" else self.gamma**step)
