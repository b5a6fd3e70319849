"""LinearWarmup: a straight way up in front of any schedule."""

from __future__ import annotations

from ._checks import at_least
from ._schedule import Schedule


class LinearWarmup(Schedule):
    r"""Up in a straight line to where another schedule begins, and then that schedule.

    $$\eta_t = \begin{cases} \left(a + (1 - a) \, t / w\right) \eta'_0 & t < w \\
    \eta'_{t - w} & t \ge w \end{cases}$$

    Args:
        schedule: the schedule $\eta'$ that follows; its step 0 is the last of the warm-up. It is
            asked for its rates only: call this schedule's `step()`, not that one's.
        warmup_steps: $w$; 0 for none.
        start_factor: $a$, the share of the rate at the first step.

    Raises:
        ValueError: unless `warmup_steps` >= 0 and 0 <= `start_factor` <= 1.
        TypeError: `schedule` has no rate for a step that is asked for, as `ReduceLROnPlateau`.

    Example:
        >>> from nt_nn import Linear
        >>> from nt_nn.optim import SGD
        >>> from nt_nn.schedules import CosineAnnealingLR
        >>> optimizer = SGD(Linear(1, 1).parameters(), lr=1.0)
        >>> schedule = LinearWarmup(CosineAnnealingLR(optimizer, T_max=4), warmup_steps=2)
        >>> [round(schedule.lr_at(step, 1.0), 3) for step in range(7)]
        [0.0, 0.5, 1.0, 0.854, 0.5, 0.146, 0.0]

    Source: Goyal et al., Accurate, large minibatch SGD (2017), section 2.2.
    """

    def __init__(self, schedule: Schedule, warmup_steps: int, start_factor: float = 0.0) -> None:
        if not isinstance(schedule, Schedule):
            raise TypeError(
                f"schedule ({type(schedule).__name__}) must be a Schedule, which has lr_at(step)"
            )
        at_least(0, warmup_steps=warmup_steps)
        if not 0 <= start_factor <= 1:
            raise ValueError(f"start_factor ({start_factor}) must be between 0 and 1")
        self.schedule = schedule
        self.warmup_steps = warmup_steps
        self.start_factor = start_factor
        super().__init__(schedule.optimizer)

    def lr_at(self, step: int, base_lr: float) -> float:
        """The rate at a step by the formula above."""
        if step >= self.warmup_steps:
            return self.schedule.lr_at(step - self.warmup_steps, base_lr)
        share = self.start_factor + (1.0 - self.start_factor) * step / self.warmup_steps
        return share * self.schedule.lr_at(0, base_lr)

    def momentum_at(self, step: int) -> float | None:
        """What the schedule that follows says, its first value during the warm-up."""
        return self.schedule.momentum_at(max(0, step - self.warmup_steps))
