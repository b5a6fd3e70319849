"""identity: what comes in goes out."""

from __future__ import annotations

from typing import TypeVar

__all__ = ["identity"]

T = TypeVar("T")


def identity(x: T) -> T:
    """Give back what comes in, $y = x$, $y' = 1$: where an activation is wanted but none is meant.

    A network of such layers is one matrix. The last layer of a regression has it.

    Args:
        x: anything.

    Example:
        >>> from nt_autograd import tensor
        >>> identity(tensor([-1.0, 2.0]))
        tensor([-1.,  2.])

    Source: the linear unit of Widrow and Hoff, Adaptive switching circuits (1960); PyTorch's
        `torch.nn.Identity`.
    """
    return x
