"""Sums of errors and their slopes in one pass: squared error, and logistic error of logits."""

from __future__ import annotations

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel
from nt_tensor.kernels._wide import widened

__all__ = ["logistic_error", "squared_error"]


@kernel
@widened(1)
def squared_error(x: Array, target: Array, scale: float) -> tuple[Array, Array]:
    """The sum of (x - target)^2, and its slope 2 (x - target), both times `scale`."""
    xp = namespace(x)
    far = x - target
    return xp.sum(far * far) * scale, far * (2.0 * scale)


@kernel
@widened(1)
def logistic_error(x: Array, target: Array, scale: float) -> tuple[Array, Array]:
    """The sum of target ln(1 + e^-x) + (1 - target) ln(1 + e^x), and its slope, times `scale`.

    The slope is sigma(x) - target. Both are exact where the loss is tiny: nothing large is
    subtracted.
    """
    xp = namespace(x)
    small = xp.exp(-xp.abs(x))
    rest = 1.0 - target
    losses = xp.log1p(small) * (target + rest)
    losses = losses + xp.where(x > 0, rest * x, -(target * x))
    small = small / (1.0 + small)  # sigma(-|x|)
    up, down = xp.where(x > 0, rest, target), xp.where(x > 0, target, rest)
    slope = up * (1.0 - small) - down * small
    return xp.sum(losses) * scale, xp.where(x > 0, slope, -slope) * scale
