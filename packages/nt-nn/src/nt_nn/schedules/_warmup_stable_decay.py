"""WarmupStableDecay: up, a long plateau, and down at the very end (WSD)."""

from __future__ import annotations

import math
from typing import Literal

from ..optim import Optimizer
from ._checks import at_least, positive
from ._cosine import half_wave
from ._schedule import Schedule


class WarmupStableDecay(Schedule):
    r"""Linear warm-up, the base rate for most of the training, then a short way down (WSD).

    $$\eta_t = \begin{cases} \eta \, t / w & t < w \\ \eta & w \le t < T - d \\
    \eta_\min + (\eta - \eta_\min) \, f\!\left(\frac{t - (T - d)}{d}\right) & t < T \\
    \eta_\min & t \ge T \end{cases}$$

    The plateau's checkpoints are good starting points: training goes on from one, or a decay makes
    it a finished model.

    Args:
        optimizer: whose rates are set.
        warmup_steps: $w$; 0 for none.
        total_steps: $T$.
        decay_steps: $d$; None for a tenth of $T$.
        min_lr: the floor $\eta_\min$, the same for every group.
        decay: the form of the way down: `"linear"` $f(u) = 1 - u$, `"sqrt"` $f(u) = 1 - \sqrt u$,
            `"cosine"` $f(u) = (1 + \cos \pi u) / 2$.

    Raises:
        ValueError: an option is out of its range, or the parts are longer than the whole.

    Example:
        >>> from nt_nn import Linear
        >>> from nt_nn.optim import SGD
        >>> optimizer = SGD(Linear(1, 1).parameters(), lr=1.0)
        >>> schedule = WarmupStableDecay(optimizer, warmup_steps=2, total_steps=10, decay_steps=4)
        >>> [schedule.lr_at(step, 1.0) for step in range(0, 12)]
        [0.0, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 0.75, 0.5, 0.25, 0.0, 0.0]

    Source: Hu et al., MiniCPM (2024), section 4; the forms of the decay: Hägele et al., Scaling
        laws and compute-optimal training beyond fixed training durations (2024), section 3.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        warmup_steps: int,
        total_steps: int,
        decay_steps: int | None = None,
        min_lr: float = 0.0,
        decay: Literal["linear", "sqrt", "cosine"] = "linear",
    ) -> None:
        at_least(0, warmup_steps=warmup_steps, min_lr=min_lr)
        positive(total_steps=total_steps)
        decay_steps = max(1, total_steps // 10) if decay_steps is None else decay_steps
        at_least(1, decay_steps=decay_steps)
        if warmup_steps + decay_steps > total_steps:
            raise ValueError(
                f"warmup_steps ({warmup_steps}) and decay_steps ({decay_steps}) together must not "
                f"exceed total_steps ({total_steps})"
            )
        if decay not in ("linear", "sqrt", "cosine"):
            raise ValueError(f"decay ({decay!r}) must be 'linear', 'sqrt' or 'cosine'")
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.decay_steps = decay_steps
        self.min_lr = min_lr
        self.decay = decay
        super().__init__(optimizer)

    def lr_at(self, step: int, base_lr: float) -> float:
        """The rate at a step by the formula above."""
        if step < self.warmup_steps:
            return base_lr * step / self.warmup_steps
        passed = (step - (self.total_steps - self.decay_steps)) / self.decay_steps
        passed = min(max(passed, 0.0), 1.0)
        if self.decay == "cosine":
            return half_wave(base_lr, self.min_lr, passed)
        left = 1.0 - (passed if self.decay == "linear" else math.sqrt(passed))
        return self.min_lr + (base_lr - self.min_lr) * left
