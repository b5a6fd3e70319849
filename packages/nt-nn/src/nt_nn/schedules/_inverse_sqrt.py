"""InverseSqrtLR: up in a straight line, down with the root of the step (the 2017 Transformer's)."""

from __future__ import annotations

import math

from ..optim import Optimizer
from ._checks import positive
from ._schedule import Schedule


class InverseSqrtLR(Schedule):
    r"""Linear warm-up to the base rate, then down with the inverse square root of the step.

    $$\eta_t = \eta \, \min\!\left(\frac{t}{w}, \sqrt{\frac{w}{t}}\right)$$

    The 2017 Transformer's rate, named after Noam Shazeer, is the same with the base rate
    $\eta = (d_\mathrm{model} \, w)^{-1/2}$.

    Args:
        optimizer: whose rates are set.
        warmup_steps: $w$.

    Raises:
        ValueError: unless `warmup_steps` > 0.

    Example:
        >>> from nt_nn import Linear
        >>> from nt_nn.optim import SGD
        >>> schedule = InverseSqrtLR(SGD(Linear(1, 1).parameters(), lr=1.0), warmup_steps=4)
        >>> [schedule.lr_at(step, 1.0) for step in (0, 2, 4, 16, 64)]
        [0.0, 0.5, 1.0, 0.5, 0.25]

    Source: Vaswani et al., Attention is all you need (2017), section 5.3.
    """

    def __init__(self, optimizer: Optimizer, warmup_steps: int) -> None:
        positive(warmup_steps=warmup_steps)
        self.warmup_steps = warmup_steps
        super().__init__(optimizer)

    def lr_at(self, step: int, base_lr: float) -> float:
        """The rate at a step by the formula above."""
        if step < self.warmup_steps:
            return base_lr * step / self.warmup_steps
        return base_lr * math.sqrt(self.warmup_steps / step)
