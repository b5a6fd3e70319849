"""What loss modules share: the reduction, and how they show their options."""

from __future__ import annotations

from typing import Literal

from nt_autograd import Tensor
from nt_autograd.ops.losses.options import check_reduction
from nt_tensor import Array

from ..module import Module
from ..parameter import Buffer

Reduction = Literal["mean", "sum", "none"]


class Loss(Module):
    """A loss with its options; a subclass calls the op of `nt_autograd` that computes it."""

    reduction: str

    def __init__(self, reduction: str, *more: str) -> None:
        check_reduction(reduction, *more)
        self.reduction = reduction

    def extra_repr(self) -> str:
        """The options."""
        options = {k: v for k, v in vars(self).items() if not k.startswith("_") and k != "training"}
        return ", ".join(
            f"{name}={value!r}" for name, value in options.items() if not isinstance(value, Tensor)
        )


def carried(weight: Tensor | Array | None) -> Buffer | None:
    """Weights as a buffer, which moves and is saved with the module; None for None."""
    return None if weight is None else Buffer(weight)
