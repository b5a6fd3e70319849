"""LinearLR: from one fraction of the rate to another, in a straight line."""

from __future__ import annotations

from ..optim import Optimizer
from ._checks import positive
from ._schedule import Schedule


class LinearLR(Schedule):
    r"""A straight line between two fractions of the base rate.

    $$\eta_t = \eta \left(a + (b - a) \min(t / T, 1)\right)$$

    Args:
        optimizer: whose rates are set.
        start_factor: $a$.
        end_factor: $b$.
        total_iters: $T$, the steps from one to the other.

    Raises:
        ValueError: unless both factors lie between 0 and 1 and `total_iters` > 0.

    Example:
        >>> from nt_nn import Linear
        >>> from nt_nn.optim import SGD
        >>> schedule = LinearLR(SGD(Linear(1, 1).parameters(), lr=1.0), 0.5, 1.0, total_iters=2)
        >>> [schedule.lr_at(step, 1.0) for step in range(4)]
        [0.5, 0.75, 1.0, 1.0]

    Source: PyTorch's `torch.optim.lr_scheduler.LinearLR`, which refuses a `start_factor` of 0.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
    ) -> None:
        for name, factor in (("start_factor", start_factor), ("end_factor", end_factor)):
            if not 0 <= factor <= 1:
                raise ValueError(f"{name} ({factor}) must be between 0 and 1")
        positive(total_iters=total_iters)
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer)

    def lr_at(self, step: int, base_lr: float) -> float:
        """The rate at a step by the formula above."""
        passed = min(step / self.total_iters, 1.0)
        return base_lr * (self.start_factor + (self.end_factor - self.start_factor) * passed)
