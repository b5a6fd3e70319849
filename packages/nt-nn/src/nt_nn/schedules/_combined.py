"""SequentialLR and ChainedScheduler: several schedules one after the other, or all at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from ..optim import Optimizer
from ._schedule import Schedule


class SequentialLR(Schedule):
    """One schedule until a milestone, then the next, each from its own step 0.

    Args:
        optimizer: whose rates are set.
        schedulers: the schedules in their order, all of this optimizer. They are asked for their
            rates only: call this schedule's `step()`, not theirs.
        milestones: the steps at which the second, third, … begins.

    Raises:
        ValueError: there is no schedule, one belongs to another optimizer, or the milestones do not
            rise or are not one fewer than the schedules.
        TypeError: one has no rate for a step that is asked for, as `ReduceLROnPlateau`.

    Example:
        >>> from nt_nn import Linear
        >>> from nt_nn.optim import SGD
        >>> from nt_nn.schedules import ConstantLR, ExponentialLR
        >>> optimizer = SGD(Linear(1, 1).parameters(), lr=1.0)
        >>> parts = [ConstantLR(optimizer, factor=1.0), ExponentialLR(optimizer, gamma=0.5)]
        >>> schedule = SequentialLR(optimizer, parts, milestones=[2])
        >>> [schedule.lr_at(step, 1.0) for step in range(5)]
        [1.0, 1.0, 1.0, 0.5, 0.25]

    Source: PyTorch's `torch.optim.lr_scheduler.SequentialLR`.
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: Sequence[Schedule], milestones: Sequence[int]
    ) -> None:
        check_parts(optimizer, schedulers)
        milestones = list(milestones)
        rising = all(a < b for a, b in zip([0, *milestones], milestones, strict=False))
        if len(milestones) != len(schedulers) - 1 or not rising:
            raise ValueError(
                f"milestones ({milestones}) must be rising steps above 0, one fewer than "
                f"schedulers ({len(schedulers)})"
            )
        self.schedulers = list(schedulers)
        self.milestones = milestones
        super().__init__(optimizer)

    def lr_at(self, step: int, base_lr: float) -> float:
        """What the schedule whose turn it is says."""
        schedule, own_step = self._turn(step)
        return schedule.lr_at(own_step, base_lr)

    def momentum_at(self, step: int) -> float | None:
        """What the schedule whose turn it is says."""
        schedule, own_step = self._turn(step)
        return schedule.momentum_at(own_step)

    def _turn(self, step: int) -> tuple[Schedule, int]:
        turn = bisect_right(self.milestones, step)
        return self.schedulers[turn], step - (self.milestones[turn - 1] if turn else 0)


class ChainedScheduler(Schedule):
    r"""All schedules at once: the rate that one gives is the base rate of the next.

    For schedules that multiply the base rate, as most do, their factors are multiplied:
    $\eta_t = \eta \, f_1(t) \, f_2(t) \dots$

    Args:
        schedulers: the schedules, all of one optimizer. They are asked for their rates only: call
            this schedule's `step()`, not theirs.

    Raises:
        ValueError: there is no schedule, or they belong to several optimizers.
        TypeError: one has no rate for a step that is asked for, as `ReduceLROnPlateau`.

    Example:
        >>> from nt_nn import Linear
        >>> from nt_nn.optim import SGD
        >>> from nt_nn.schedules import ConstantLR, ExponentialLR
        >>> optimizer = SGD(Linear(1, 1).parameters(), lr=1.0)
        >>> parts = [ConstantLR(optimizer, 0.5, total_iters=1), ExponentialLR(optimizer, 0.5)]
        >>> schedule = ChainedScheduler(parts)
        >>> [schedule.lr_at(step, 1.0) for step in range(3)]
        [0.5, 0.5, 0.25]

    Source: PyTorch's `torch.optim.lr_scheduler.ChainedScheduler`.
    """

    def __init__(self, schedulers: Sequence[Schedule]) -> None:
        check_parts(schedulers[0].optimizer if schedulers else None, schedulers)
        self.schedulers = list(schedulers)
        super().__init__(schedulers[0].optimizer)

    def lr_at(self, step: int, base_lr: float) -> float:
        """The rate after all schedules."""
        for schedule in self.schedulers:
            base_lr = schedule.lr_at(step, base_lr)
        return base_lr

    def momentum_at(self, step: int) -> float | None:
        """What the last of the schedules that set it says."""
        found = [schedule.momentum_at(step) for schedule in self.schedulers]
        return next((each for each in reversed(found) if each is not None), None)


def check_parts(optimizer: Optimizer | None, schedulers: Sequence[Schedule]) -> None:
    """Raise unless there are schedules and all are this optimizer's."""
    if not schedulers:
        raise ValueError("schedulers must hold at least one schedule")
    for i, schedule in enumerate(schedulers):
        if not isinstance(schedule, Schedule):
            raise TypeError(
                f"schedulers[{i}] ({type(schedule).__name__}) must be a Schedule, "
                "which has lr_at(step)"
            )
        if schedule.optimizer is not optimizer:
            raise ValueError(f"schedulers[{i}] belongs to another optimizer than the others")
