"""Where the elements of a resized axis come from, and with what weights."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import floor

from nt_tensor.kernels import Band

__all__ = ["cubic_band", "linear_band", "nearest_band", "smooth_band"]


def _step(length: int, size: int, align_corners: bool, scale: float | None) -> float:
    """How far apart in the image two neighbours of the result lie."""
    if align_corners:
        return (length - 1) / (size - 1) if size > 1 else 0.0
    return 1.0 / scale if scale else length / size


@lru_cache(maxsize=256)
def nearest_band(length: int, size: int, centred: bool, scale: float | None) -> Band:
    """The element that lies under each place's beginning or, `centred`, under its middle."""
    if scale:
        places = [floor((o + 0.5 * centred) / scale) for o in range(size)]
    else:  # in integers: where edges fall together, rounding would decide
        places = [(2 * o + centred) * length // (2 * size) for o in range(size)]
    return Band([[(min(i, length - 1), 1.0)] for i in places], length)


@lru_cache(maxsize=256)
def linear_band(length: int, size: int, align_corners: bool, scale: float | None) -> Band:
    """The two elements around each place, the nearer one weighing more."""
    step = _step(length, size, align_corners, scale)
    rows = []
    for o in range(size):
        at = o * step if align_corners else max((o + 0.5) * step - 0.5, 0.0)
        first = min(floor(at), length - 1)
        share = min(at - first, 1.0) if first < length - 1 else 0.0
        rows.append(_row([(first, 1.0 - share), (first + 1, share)]))
    return Band(rows, length)


@lru_cache(maxsize=256)
def cubic_band(length: int, size: int, align_corners: bool, scale: float | None) -> Band:
    """The four elements around each place, weighed by Keys' polynomials with a = -0.75."""
    step = _step(length, size, align_corners, scale)
    rows = []
    for o in range(size):
        at = o * step if align_corners else (o + 0.5) * step - 0.5
        first = floor(at)
        taps = range(first - 1, first + 3)  # beyond the edge stands the edge
        rows.append(_row([(min(max(i, 0), length - 1), _cubic(at - i, -0.75)) for i in taps]))
    return Band(rows, length)


@lru_cache(maxsize=256)
def smooth_band(
    length: int, size: int, cubic: bool, align_corners: bool, scale: float | None
) -> Band:
    """Linear or cubic weights, spread as wide as the result's places lie apart (antialiasing)."""
    step = _step(length, size, align_corners, scale)
    width = max(step, 1.0)
    reach = (2.0 if cubic else 1.0) * width
    weigh: Callable[[float], float] = (lambda t: _cubic(t, -0.5)) if cubic else _hat
    rows = []
    for o in range(size):
        centre = step * (o + 0.5)
        first, last = max(int(centre - reach + 0.5), 0), min(int(centre + reach + 0.5), length)
        weights = [weigh((i - centre + 0.5) / width) for i in range(first, last)]
        total = sum(weights)
        rows.append(_row([(i, w / total) for i, w in enumerate(weights, first)]))
    return Band(rows, length)


def _row(taps: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Elements that stand there twice are joined, and those that weigh nothing left out."""
    joined: dict[int, float] = {}
    for i, weight in taps:
        joined[i] = joined.get(i, 0.0) + weight
    return [(i, weight) for i, weight in joined.items() if weight]


def _hat(t: float) -> float:
    return max(1.0 - abs(t), 0.0)


def _cubic(t: float, a: float) -> float:
    """Keys' cubic convolution kernel."""
    t = abs(t)
    if t <= 1.0:
        return ((a + 2.0) * t - (a + 3.0)) * t * t + 1.0
    if t < 2.0:
        return ((t - 5.0) * t + 8.0) * t * a - 4.0 * a
    return 0.0
