"""Constant: the learning rate stays."""

from __future__ import annotations

from ._schedule import Schedule


class Constant(Schedule):
    r"""Keeps every group's rate: $\eta_t = \eta$.

    Args:
        optimizer: whose rates are kept.

    Example:
        >>> from nt_nn import Linear
        >>> from nt_nn.optim import SGD
        >>> schedule = Constant(SGD(Linear(1, 1).parameters(), lr=0.1))
        >>> schedule.step()
        >>> schedule.get_last_lr()
        [0.1]

    Source: PyTorch's `torch.optim.lr_scheduler.ConstantLR` with factor 1.
    """

    def lr_at(self, step: int, base_lr: float) -> float:
        """The base rate, at every step."""
        return base_lr
