"""ConstantLR: a fraction of the rate for some steps, then all of it."""

from __future__ import annotations

from ..optim import Optimizer
from ._checks import at_least
from ._schedule import Schedule


class ConstantLR(Schedule):
    r"""A fraction of the base rate, then the base rate: $\eta_t = f \eta$ for $t < T$, else $\eta$.

    With `factor=1.0` the rate never changes.

    Args:
        optimizer: whose rates are set.
        factor: $f$.
        total_iters: $T$.

    Raises:
        ValueError: unless 0 <= `factor` <= 1 and `total_iters` >= 0.

    Example:
        >>> from nt_nn import Linear
        >>> from nt_nn.optim import SGD
        >>> schedule = ConstantLR(SGD(Linear(1, 1).parameters(), lr=0.8), factor=0.5, total_iters=2)
        >>> [schedule.lr_at(step, 0.8) for step in range(4)]
        [0.4, 0.4, 0.8, 0.8]

    Source: PyTorch's `torch.optim.lr_scheduler.ConstantLR`.
    """

    def __init__(self, optimizer: Optimizer, factor: float = 1 / 3, total_iters: int = 5) -> None:
        if not 0 <= factor <= 1:
            raise ValueError(f"factor ({factor}) must be between 0 and 1")
        at_least(0, total_iters=total_iters)
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer)

    def lr_at(self, step: int, base_lr: float) -> float:
        """The rate at a step by the formula above."""
        return base_lr * self.factor if step < self.total_iters else base_lr
