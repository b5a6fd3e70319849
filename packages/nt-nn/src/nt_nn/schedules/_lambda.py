"""LambdaLR: the rate as any function of the step."""

from __future__ import annotations

from collections.abc import Callable

from ..optim import Optimizer
from ._schedule import Schedule


class LambdaLR(Schedule):
    r"""The base rate times a function of the step: $\eta_t = \eta \, f(t)$.

    Args:
        optimizer: whose rates are set.
        lr_lambda: $f$.

    Raises:
        TypeError: `lr_lambda` cannot be called.

    Example:
        >>> from nt_nn import Linear
        >>> from nt_nn.optim import SGD
        >>> schedule = LambdaLR(SGD(Linear(1, 1).parameters(), lr=1.0), lambda t: 1 / (1 + t))
        >>> [schedule.lr_at(step, 1.0) for step in (0, 1, 3)]
        [1.0, 0.5, 0.25]

    Source: PyTorch's `torch.optim.lr_scheduler.LambdaLR`.
    """

    def __init__(self, optimizer: Optimizer, lr_lambda: Callable[[int], float]) -> None:
        if not callable(lr_lambda):
            raise TypeError(
                f"lr_lambda ({type(lr_lambda).__name__}) must be a function of the step"
            )
        self.lr_lambda = lr_lambda
        super().__init__(optimizer)

    def lr_at(self, step: int, base_lr: float) -> float:
        """The rate at a step by the formula above."""
        return base_lr * self.lr_lambda(step)
