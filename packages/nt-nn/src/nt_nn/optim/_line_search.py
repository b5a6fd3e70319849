"""A step length that lowers the loss enough and flattens its slope: the strong Wolfe conditions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from nt_tensor import Array


@dataclass(eq=False)
class Point:
    """What is known at a step length: the loss, its gradient and its slope along the line."""

    t: float
    loss: float
    gradient: Array
    slope: float


def strong_wolfe(
    at: Callable[[float], Point],
    start: Point,
    t: float,
    longest: float,
    tolerance: float,
    evaluations: int,
) -> tuple[Point, int]:
    r"""Find a step length at which the loss is low enough and flat enough, or the best one tried.

    With the loss $\phi$ along the line:

    $$\phi(t) \le \phi(0) + c_1 t \phi'(0), \qquad |\phi'(t)| \le c_2 |\phi'(0)|$$

    Args:
        at: evaluates the loss at a step length.
        start: the point at 0.
        t: the first length to try.
        longest: the largest element of the direction, for `tolerance`.
        tolerance: an interval in which no element moves further is not divided any more.
        evaluations: how often at most the step is corrected.

    Returns:
        The point, and how often the loss was evaluated.

    Source: Nocedal and Wright, Numerical optimization (2006), algorithms 3.5 and 3.6; Schmidt's
        minFunc, as in PyTorch's `torch.optim.LBFGS`.
    """
    bracket, count, done = _bracket(at, start, t, evaluations)
    stuck = False
    while not done and count < evaluations:
        low, high = sorted(bracket, key=_height)
        if abs(high.t - low.t) * longest < tolerance:
            break
        left, right = sorted((low.t, high.t))
        t = _cubic_minimum(bracket[0], bracket[1], left, right)
        margin = 0.1 * (right - left)
        if min(right - t, t - left) < margin:  # too near an end: once is tolerated inside
            if stuck or t >= right or t <= left:
                t = right - margin if abs(t - right) < abs(t - left) else left + margin
                stuck = False
            else:
                stuck = True
        else:
            stuck = False
        new, count = at(t), count + 1
        place = 0 if bracket[0] is low else 1
        if _too_high(new, start) or _height(new) >= _height(low):
            bracket[1 - place] = new
            continue
        done = _flat(new, start)
        if not done and new.slope * (high.t - low.t) >= 0:
            bracket[1 - place] = low
        bracket[place] = new
    return min(bracket, key=_height), count + 1


def _bracket(
    at: Callable[[float], Point], start: Point, t: float, evaluations: int
) -> tuple[list[Point], int, bool]:
    """Go on until a good point lies between two: they, how often that took, and if one is good."""
    before, new = start, at(t)
    for count in range(evaluations):
        if _too_high(new, start) or (count > 1 and _height(new) >= _height(before)):
            return [before, new], count, False
        if _flat(new, start):
            return [new], count, True
        if new.slope >= 0:
            return [before, new], count, False
        t = _cubic_minimum(before, new, new.t + 0.01 * (new.t - before.t), 10.0 * new.t)
        before, new = new, at(t)
    return [start, new], evaluations, False


def _height(point: Point) -> float:
    """The loss; where it is NaN, as behind the edge of a logarithm, it is too high."""
    return math.inf if math.isnan(point.loss) else point.loss


def _too_high(point: Point, start: Point) -> bool:
    return _height(point) > start.loss + 1e-4 * point.t * start.slope


def _flat(point: Point, start: Point) -> bool:
    return abs(point.slope) <= -0.9 * start.slope


def _cubic_minimum(a: Point, b: Point, low: float, high: float) -> float:
    """Where the cubic through two points with their slopes is least, inside of bounds."""
    if a.t > b.t:
        a, b = b, a
    if a.t == b.t:
        return (low + high) / 2.0
    d1 = a.slope + b.slope - 3.0 * (a.loss - b.loss) / (a.t - b.t)
    square = d1 * d1 - a.slope * b.slope
    d2 = square**0.5 if square >= 0.0 else 0.0
    divisor = b.slope - a.slope + 2.0 * d2
    if not square >= 0.0 or divisor == 0.0:
        return (low + high) / 2.0
    t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / divisor)
    return min(max(t, low), high) if math.isfinite(t) else (low + high) / 2.0
