"""Schedule: the learning rate as a function of the step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..optim import Optimizer


class Schedule:
    """Sets the learning rate of every parameter group; a subclass gives the formula, `lr_at`.

    A group's base rate is what it had when the first schedule of its optimizer was made (its option
    `initial_lr`). The rate for step 0 holds from construction on; call `step()` after every
    `optimizer.step()`. A schedule is a formula, not a recursion: the rate of any step can be asked
    for, and schedules combine (`LinearWarmup`, `SequentialLR`, `ChainedScheduler`).

    Args:
        optimizer: whose rates are set.

    Example:
        >>> from nt_nn import Linear
        >>> from nt_nn.optim import SGD
        >>> class Halving(Schedule):
        ...     def lr_at(self, step, base_lr):
        ...         return base_lr / 2**step
        >>> schedule = Halving(SGD(Linear(1, 1).parameters(), lr=0.8))
        >>> schedule.step()
        >>> schedule.get_last_lr()
        [0.4]
        >>> schedule.lr_at(3, 0.8)
        0.1

    Source: PyTorch's `torch.optim.lr_scheduler.LRScheduler`.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer
        self.last_step = 0
        self._apply()

    def lr_at(self, step: int, base_lr: float) -> float:
        """The rate in use at a step (0 is the first) for a group with this base rate."""
        raise NotImplementedError(f"{type(self).__name__} defines no lr_at(self, step, base_lr)")

    def momentum_at(self, step: int) -> float | None:
        """The momentum in use at a step, or None where the schedule leaves it alone."""
        return None

    def step(self) -> None:
        """Go on to the next step and set its rates."""
        self.last_step += 1
        self._apply()

    def get_last_lr(self) -> list[float]:
        """The rates in use now, one a parameter group."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """What a resumed schedule needs: the step (base rates are saved by the optimizer)."""
        return {"last_step": self.last_step}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved step; load the optimizer's state before.

        Raises:
            ValueError: the state holds no step.
        """
        step = state.get("last_step")
        if not isinstance(step, int) or step < 0:
            raise ValueError(
                f"last_step ({step!r}) of a schedule's state must be a step, 0 or larger"
            )
        self.last_step = step
        self._apply()

    def _apply(self) -> None:
        momentum = self.momentum_at(self.last_step)
        for group in self.optimizer.param_groups:
            base_lr = group.setdefault("initial_lr", group["lr"])
            group["lr"] = self.lr_at(self.last_step, base_lr)
            if momentum is not None:
                set_momentum(group, momentum)


def set_momentum(group: dict[str, Any], value: float) -> None:
    """Set a group's momentum: SGD's `momentum`, or the first of Adam's `betas`."""
    if "betas" in group:
        group["betas"] = (value, *group["betas"][1:])
    else:
        group["momentum"] = value


def check_momentum(optimizer: Optimizer, asked: str) -> None:
    """Raise where a parameter group has no momentum to be set."""
    for i, group in enumerate(optimizer.param_groups):
        if "momentum" not in group and "betas" not in group:
            raise ValueError(
                f"{asked} needs an optimizer with momentum or betas; "
                f"group {i} of {type(optimizer).__name__} has neither"
            )
