"""ReduceLROnPlateau: the rate falls when a measure no longer improves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

from ..optim import Optimizer
from ._checks import at_least


class ReduceLROnPlateau:
    r"""Lowers the rates by a factor after a number of steps without improvement.

    A measure improves if it is smaller than the best so far by more than a threshold: below
    $(1 - \tau) \cdot \mathrm{best}$, or, with `threshold_mode="abs"`, below
    $\mathrm{best} - \tau$. With `mode="max"` larger is better. NaN never improves. After
    more than `patience` steps without improvement, $\eta \leftarrow \max(f \eta, \eta_\min)$.

    It has no `lr_at`: what comes depends on what is measured, not on the step alone.

    Args:
        optimizer: whose rates are set.
        mode: `"min"` where less is better, as a loss; `"max"` where more is, as accuracy.
        factor: $f$, below 1.
        patience: steps without improvement that are borne.
        threshold: $\tau$.
        threshold_mode: `"rel"` or `"abs"`.
        cooldown: steps after a fall that are not counted.
        min_lr: the floor $\eta_\min$.
        eps: a fall smaller than this is not made.

    Raises:
        ValueError: an option is out of its range.

    Example:
        >>> from nt_nn import Linear
        >>> from nt_nn.optim import SGD
        >>> optimizer = SGD(Linear(1, 1).parameters(), lr=1.0)
        >>> schedule = ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
        >>> for loss in (2.0, 1.0, 1.0, 1.0, 0.9):
        ...     schedule.step(loss)
        ...     print(schedule.get_last_lr()[0], end=" ")
        1.0 1.0 1.0 0.5 0.5

    Source: PyTorch's `torch.optim.lr_scheduler.ReduceLROnPlateau`.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: Literal["min", "max"] = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: Literal["rel", "abs"] = "rel",
        cooldown: int = 0,
        min_lr: float = 0.0,
        eps: float = 1e-8,
    ) -> None:
        if mode not in ("min", "max"):
            raise ValueError(f"mode ({mode!r}) must be 'min' or 'max'")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold_mode ({threshold_mode!r}) must be 'rel' or 'abs'")
        if not 0 <= factor < 1:
            raise ValueError(f"factor ({factor}) must be at least 0 and smaller than 1")
        at_least(
            0, patience=patience, threshold=threshold, cooldown=cooldown, min_lr=min_lr, eps=eps
        )
        self.optimizer = optimizer
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.cooldown = cooldown
        self.min_lr = min_lr
        self.eps = eps
        self.best = math.inf if mode == "min" else -math.inf
        self.num_bad_epochs = 0
        self.cooldown_counter = 0

    def step(self, metrics: float) -> None:
        """Take note of the measure, and lower the rates where it is time."""
        if self._better(float(metrics)):
            self.best = float(metrics)
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            for group in self.optimizer.param_groups:
                lower = max(group["lr"] * self.factor, self.min_lr)
                if group["lr"] - lower > self.eps:
                    group["lr"] = lower
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0

    def get_last_lr(self) -> list[float]:
        """The rates in use now, one a parameter group."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """What a resumed schedule needs (the rates are saved by the optimizer)."""
        return {name: getattr(self, name) for name in _STATE}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state.

        Raises:
            ValueError: the state lacks something.
        """
        if missing := [name for name in _STATE if name not in state]:
            raise ValueError(f"a plateau schedule's state has no {' and no '.join(missing)}")
        for name in _STATE:
            setattr(self, name, state[name])

    def _better(self, value: float) -> bool:
        sign = 1.0 if self.mode == "min" else -1.0
        if math.isinf(self.best):
            return sign * value < sign * self.best
        margin = self.threshold * (abs(self.best) if self.threshold_mode == "rel" else 1.0)
        return sign * value < sign * self.best - margin


_STATE = ("best", "num_bad_epochs", "cooldown_counter")
