"""cdist: the distances of all vectors of one set to all of another."""

from __future__ import annotations

from math import inf, prod
from typing import Any

from nt_tensor import namespace
from nt_tensor.kernels import widened

from ...primitive import primitive
from .._floating import check_floating
from .._maximum import abs
from .._norm import norm
from .._power import pow
from .._reshape import unsqueeze
from .._rounding import sign
from .._where import where

__all__ = ["cdist"]

BLOCK = 1 << 18  # differences that are held at once


def cdist(x1: Any, x2: Any, p: float = 2.0) -> Any:
    r"""The distance of each row of one matrix to each of another.

    $$y_{ij} = \lVert x_{1,i} - x_{2,j} \rVert_p, \qquad \frac{\partial y_{ij}}{\partial x_{1,i}} =
      \mathrm{sign}(d)\,(|d| / y_{ij})^{p-1}, \quad d = x_{1,i} - x_{2,j}$$

    The gradient between equal rows is 0. Differences are taken one by one (PyTorch's
    `compute_mode="donot_use_mm_for_euclid_dist"`), so near rows lose no digits; they are held for a
    few rows at a time only.

    Args:
        x1: (…, P, D), floats.
        x2: (…, R, D), of the same axes in front, or such as broadcast.
        p: the order of the norm, at least 0; 0 counts the elements that differ, `inf` takes the
            largest difference.

    Returns:
        The distances, (…, P, R).

    Raises:
        ValueError: the shapes do not fit, or `p` is negative.
        TypeError: an input is not floating-point.

    Example:
        >>> from nt_autograd import tensor
        >>> cdist(tensor([[0.0, 0.0], [3.0, 0.0]]), tensor([[0.0, 4.0]]))
        tensor([[4.],
                [5.]])

    Source: PyTorch's `torch.cdist`.
    """
    if not p >= 0:
        raise ValueError(f"p must not be negative, got {p}")
    for name, x in (("x1", x1), ("x2", x2)):
        if x.ndim < 2:
            raise ValueError(f"{name} must have two axes or more, got {tuple(x.shape)}")
    if x1.shape[-1] != x2.shape[-1]:
        raise ValueError(
            f"x1 and x2 must agree in their last axis, got {tuple(x1.shape)} and {tuple(x2.shape)}"
        )
    return _cdist(x1, x2, p)


@primitive(promotes=True)
def _cdist(x1: Any, x2: Any, /, p: float) -> Any:
    check_floating("x1", x1)
    xp = namespace(x1)
    parts = [norm(part - xp.expand_dims(x2, axis=-3), p, -1) for part in _parts(x1, x2)]
    if parts:
        return parts[0] if len(parts) == 1 else xp.concat(parts, axis=-2)
    return norm(xp.expand_dims(x1, axis=-2) - xp.expand_dims(x2, axis=-3), p, -1)


@_cdist.backward
def _(g: Any, x1: Any, x2: Any, y: Any, p: float) -> Any:
    return _cdist_backward(g, x1, x2, y, p)


@_cdist.cost
def _(y_shape: tuple[int, ...], x1_shape: tuple[int, ...]) -> int:
    return 3 * prod(y_shape) * x1_shape[-1]  # difference, power, sum


@_cdist.composed
def _(x1: Any, x2: Any, p: float) -> Any:
    return norm(unsqueeze(x1, -2) - unsqueeze(x2, -3), p, -1)


@primitive(outputs=True)
def _cdist_backward(g: Any, x1: Any, x2: Any, lengths: Any, /, p: float) -> Any:
    """The gradients with respect to x1 and x2, before broadcasting is undone; first order only."""
    return _slopes(g, x1, x2, lengths, p)


@_cdist_backward.cost
def _(g_shape: tuple[int, ...], x1_shape: tuple[int, ...]) -> int:
    return 5 * prod(g_shape) * x1_shape[-1]  # difference, quotient, product, two sums


@widened()
def _slopes(g: Any, x1: Any, x2: Any, lengths: Any, p: float) -> tuple[Any, Any]:
    xp, start = namespace(g), 0
    first, second = [], xp.zeros((*g.shape[:-2], *x2.shape[-2:]), dtype=g.dtype)
    for part in _parts(x1, x2):
        end = start + part.shape[-3]
        at = (..., slice(start, end), slice(None))
        far = part - xp.expand_dims(x2, axis=-3)  # (…, rows, R, D)
        slope = _slope(far, xp.expand_dims(lengths[at], axis=-1), p) * xp.expand_dims(
            g[at], axis=-1
        )
        first.append(xp.sum(slope, axis=-2))
        second = second - xp.sum(slope, axis=-3)
        start = end
    empty = xp.zeros((*g.shape[:-2], *x1.shape[-2:]), dtype=g.dtype)
    return xp.concat(first, axis=-2) if first else empty, second


def _slope(far: Any, length: Any, p: float) -> Any:
    """The derivative of the distance by the difference; 0 where there is no distance."""
    if p == 0:
        return far * 0
    if p == 1:
        return sign(far)
    if p == inf:
        top = (abs(far) == length) & (far != 0)
        xp = namespace(far)
        ties = xp.sum(xp.astype(top, far.dtype), axis=-1, keepdims=True)
        return where(top, sign(far) / where(ties == 0, 1, ties), 0)
    length = where(length == 0, 1, length)
    if p == 2:
        return far / length
    size = abs(far)
    return sign(far) * where(size == 0, 0, pow(where(size == 0, 1, size) / length, p - 1))


def _parts(x1: Any, x2: Any) -> list[Any]:
    """A few rows of x1 at a time, (…, rows, 1, D), so that the differences are not too many."""
    xp, rows = namespace(x1), x1.shape[-2]
    batch = max(prod(x1.shape[:-2]), prod(x2.shape[:-2]))
    step = max(1, BLOCK // max(1, batch * prod(x2.shape[-2:])))
    return [xp.expand_dims(x1[..., i : i + step, :], axis=-2) for i in range(0, rows, step)]
