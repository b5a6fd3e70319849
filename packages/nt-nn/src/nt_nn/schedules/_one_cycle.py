"""OneCycleLR: up to a large rate, down to a tiny one, momentum the other way round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from ..optim import Optimizer
from ._checks import at_least, positive
from ._cosine import half_wave
from ._schedule import Schedule, check_momentum


def _straight(start: float, end: float, passed: float) -> float:
    return start + (end - start) * passed


class OneCycleLR(Schedule):
    r"""One rise and one fall over the whole training.

    From $\eta_\max / d$ up to $\eta_\max$ in the first `pct_start` of the steps, then down to
    $\eta_\max / (d f)$. With `three_phase` the fall goes first back to $\eta_\max / d$, as
    long as the rise was, and then down. The base rate is not used: the rates follow from `max_lr`.

    Args:
        optimizer: whose rates are set.
        max_lr: $\eta_\max$.
        total_steps: the steps of the whole cycle; the rate stays where it ends.
        pct_start: the share of the steps that the rise takes.
        anneal_strategy: `"cos"` or `"linear"`, the form of rise and fall.
        cycle_momentum: whether momentum (or Adam's first beta) falls from `max_momentum` to
            `base_momentum` while the rate rises, and rises while it falls.
        base_momentum: the least momentum.
        max_momentum: the largest.
        div_factor: $d$.
        final_div_factor: $f$.
        three_phase: fall in two parts.

    Raises:
        ValueError: an option is out of its range, or the optimizer has no momentum to cycle.

    Example:
        >>> from nt_nn import Linear
        >>> from nt_nn.optim import SGD
        >>> optimizer = SGD(Linear(1, 1).parameters(), lr=0.1, momentum=0.9)
        >>> schedule = OneCycleLR(optimizer, max_lr=1.0, total_steps=10, anneal_strategy="linear")
        >>> [round(schedule.lr_at(step, 0.1), 3) for step in (0, 1, 2, 9)]
        [0.04, 0.52, 1.0, 0.0]
        >>> optimizer.param_groups[0]["momentum"]
        0.95

    Source: Smith and Topin, Super-convergence (2018); PyTorch's
        `torch.optim.lr_scheduler.OneCycleLR`.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float,
        total_steps: int,
        pct_start: float = 0.3,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        cycle_momentum: bool = True,
        base_momentum: float = 0.85,
        max_momentum: float = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
    ) -> None:
        positive(max_lr=max_lr, div_factor=div_factor, final_div_factor=final_div_factor)
        at_least(1, total_steps=total_steps)
        if not 0 <= pct_start <= 1:
            raise ValueError(f"pct_start ({pct_start}) must be between 0 and 1")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy ({anneal_strategy!r}) must be 'cos' or 'linear'")
        if cycle_momentum:
            check_momentum(optimizer, "cycle_momentum")
        self.max_lr = max_lr
        self.total_steps = total_steps
        self.cycle_momentum = cycle_momentum
        self.base_momentum = base_momentum
        self.max_momentum = max_momentum
        self._form: Callable[[float, float, float], float] = (
            half_wave if anneal_strategy == "cos" else _straight
        )
        first, last = max_lr / div_factor, max_lr / div_factor / final_div_factor
        top = pct_start * total_steps - 1
        low, high = base_momentum, max_momentum
        # Where each phase ends, and (rate, momentum) there.
        self._corners: list[tuple[float, float, float]] = [(top, max_lr, low)]
        if three_phase:
            self._corners.append((2 * top, first, high))
        self._corners.append((total_steps - 1, last, high))
        self._start = (0.0, first, high)
        super().__init__(optimizer)

    def lr_at(self, step: int, base_lr: float) -> float:
        """The rate at a step of the cycle, the same for every group."""
        return self._at(step, 1)

    def momentum_at(self, step: int) -> float | None:
        """The momentum at a step of the cycle."""
        return self._at(step, 2) if self.cycle_momentum else None

    def _at(self, step: int, which: int) -> float:
        """The rate (1) or the momentum (2) at a step."""
        before, corner = self._start, self._corners[0]
        for after in self._corners[1:]:
            if step <= corner[0]:
                break
            before, corner = corner, after
        length = corner[0] - before[0]
        passed = (min(step, corner[0]) - before[0]) / length if length else 1.0
        return self._form(before[which], corner[which], passed)
