"""Maxout: the largest of several pieces."""

from __future__ import annotations

from nt_autograd import Tensor, maxout

from ...module import Module


class Maxout(Module):
    r"""The largest of each $k$ neighbours along an axis: after a Linear, a learned convex function.

    Shapes: (…, k n, …) -> (…, n, …).

    Args:
        k: how many pieces a unit has.
        dim: the axis of the units.

    Raises:
        ValueError: `k` is not positive; in a call, it does not divide the axis.

    Example:
        >>> from nt_autograd import tensor
        >>> Maxout(2)(tensor([1.0, 5.0, -2.0, -3.0]))
        tensor([ 5., -2.])

    Source: Goodfellow et al., Maxout Networks (2013), section 3.
    """

    def __init__(self, k: int, dim: int = -1) -> None:
        if k < 1:
            raise ValueError(f"k ({k}) must be positive")
        self.k = k
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to x (any shape)."""
        y: Tensor = maxout(x, self.k, self.dim)
        return y

    def extra_repr(self) -> str:
        """The settings."""
        return f"k={self.k}, dim={self.dim}"
