"""pairwise_distance: how far vectors are from their partners."""

from __future__ import annotations

from typing import Any

from .._norm import norm

__all__ = ["pairwise_distance"]


def pairwise_distance(
    x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Any:
    r"""The distance between vectors, $y = \lVert x_1 - x_2 + \epsilon \rVert_p$, broadcasting.

    Args:
        x1: (…, D), floats.
        x2: of a shape that broadcasts with that of `x1`.
        p: the order of the norm, see `norm`.
        eps: $\epsilon$, added to every difference; with 0 equal vectors have distance 0, and
            gradient 0.
        keepdim: leave the last axis there with length 1.

    Raises:
        TypeError: an input is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> pairwise_distance(tensor([[3.0, 0.0]]), tensor([[0.0, 4.0]]), eps=0.0)
        tensor([5.])

    Source: PyTorch's `torch.nn.functional.pairwise_distance`.
    """
    return norm(x1 - x2 + eps, p, -1, keepdim)
