"""maxout: the largest of several lines."""

from __future__ import annotations

from typing import Any

from .._axes import axis_of
from .._extremes import amax
from .._reshape import unflatten

__all__ = ["maxout"]


def maxout(x: Any, k: int, dim: int = -1) -> Any:
    r"""The largest of each $k$ neighbours along an axis, $y_i = \max_{j < k} x_{ik + j}$.

    The gradient goes to the largest one, evenly to equal ones. With a linear layer before it,
    a unit is the maximum of $k$ lines: any convex function, learned. With $k = 1$ it is the
    identity.

    Args:
        x: axis `dim` is a multiple of `k` long.
        k: how many pieces a unit has.
        dim: the axis of the units, which becomes `k` times shorter.

    Raises:
        ValueError: `k` is not positive, or does not divide the axis.
        IndexError: `x` has no axis `dim`.

    Example:
        >>> from nt_autograd import tensor
        >>> maxout(tensor([1.0, 5.0, -2.0, -3.0]), 2)
        tensor([ 5., -2.])

    Source: Goodfellow et al., Maxout Networks (2013), section 3.
    """
    axis = axis_of(dim, x.ndim)
    if k < 1 or not x.ndim or x.shape[axis] % k:
        raise ValueError(
            f"k ({k}) must be positive and divide axis {dim} of x, whose shape is {tuple(x.shape)}"
        )
    return amax(unflatten(x, axis, (x.shape[axis] // k, k)), axis + 1)
