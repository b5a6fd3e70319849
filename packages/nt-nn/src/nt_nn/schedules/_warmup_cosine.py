"""WarmupCosine: up in a straight line, down along a cosine, then level."""

from __future__ import annotations

import math

from ..optim import Optimizer
from ._schedule import Schedule


class WarmupCosine(Schedule):
    r"""Linear warm-up to the base rate $\eta$, then a cosine down to a floor $\eta_\min$.

    With $w$ warm-up steps and $T$ steps in all, at step $t = 0, 1, \dots$:

    $$\eta_t = \begin{cases} \eta \, \frac{t + 1}{w + 1} & t < w \\
    \eta_\min + \frac{1}{2} (\eta - \eta_\min) \left(1 + \cos \pi \frac{t - w}{T - w}\right) & w \le
    t \le T \\ \eta_\min & t > T \end{cases}$$

    Args:
        optimizer: whose rates are set.
        warmup_steps: $w$; 0 for none.
        total_steps: $T$, where the floor is reached.
        min_lr: the floor $\eta_\min$, the same for every group.

    Raises:
        ValueError: unless 0 <= `warmup_steps` < `total_steps` and 0 <= `min_lr`.

    Example:
        >>> from nt_nn import Linear
        >>> from nt_nn.optim import SGD
        >>> schedule = WarmupCosine(SGD(Linear(1, 1).parameters(), lr=1.0), 1, 5, min_lr=0.1)
        >>> for step in range(7):
        ...     print(f"{schedule.get_last_lr()[0]:.3f}", end=" ")
        ...     schedule.step()
        0.500 1.000 0.868 0.550 0.232 0.100 0.100

    Source: nanoGPT's `get_lr`; cosine: Loshchilov and Hutter, SGDR (2017); warm-up: Goyal et al.
        (2017).
    """

    def __init__(
        self, optimizer: Optimizer, warmup_steps: int, total_steps: int, min_lr: float = 0.0
    ) -> None:
        if not 0 <= warmup_steps < total_steps:
            raise ValueError(
                f"warmup_steps ({warmup_steps}) must be at least 0 "
                f"and smaller than total_steps ({total_steps})"
            )
        if not min_lr >= 0:
            raise ValueError(f"min_lr ({min_lr}) must not be negative")
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.min_lr = min_lr
        super().__init__(optimizer)

    def lr_at(self, step: int, base_lr: float) -> float:
        """The rate at a step by the formula above."""
        if step < self.warmup_steps:
            return base_lr * (step + 1) / (self.warmup_steps + 1)
        if step > self.total_steps:
            return self.min_lr
        passed = (step - self.warmup_steps) / (self.total_steps - self.warmup_steps)
        return self.min_lr + 0.5 * (1.0 + math.cos(math.pi * passed)) * (base_lr - self.min_lr)
