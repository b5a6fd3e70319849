"""How well numbers were told: errors, and correlations of values and of ranks."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nt_data.metrics._paired import paired_numbers

__all__ = [
    "kendall",
    "mean_absolute_error",
    "mean_squared_error",
    "pearson",
    "r2",
    "spearman",
]


def mean_squared_error(predictions: ArrayLike, labels: ArrayLike) -> float:
    r"""Give the mean of $(x_i - y_i)^2$.

    Args:
        predictions: (n,) numbers.
        labels: (n,) the right ones.

    Raises:
        ValueError: different lengths, no entry, NaN or infinity.

    Example:
        >>> mean_squared_error([1.0, 2.0], [1.0, 4.0])
        2.0
    """
    ours, right = paired_numbers(predictions, labels)
    return float(np.mean((ours - right) ** 2))


def mean_absolute_error(predictions: ArrayLike, labels: ArrayLike) -> float:
    r"""Give the mean of $|x_i - y_i|$.

    Args:
        predictions: (n,) numbers.
        labels: (n,) the right ones.

    Raises:
        ValueError: different lengths, no entry, NaN or infinity.

    Example:
        >>> mean_absolute_error([1.0, 2.0], [1.0, 4.0])
        1.0
    """
    ours, right = paired_numbers(predictions, labels)
    return float(np.mean(np.abs(ours - right)))


def r2(predictions: ArrayLike, labels: ArrayLike) -> float:
    r"""Give the share of the labels' variance that is explained, $1 - SS_{res} / SS_{tot}$.

    Where the labels are constant it is 1 if every one was met and 0 otherwise, as in scikit-learn;
    of a single label it is `nan`.

    Args:
        predictions: (n,) numbers.
        labels: (n,) the right ones.

    Raises:
        ValueError: different lengths, no entry, NaN or infinity.

    Example:
        >>> r2([1.0, 2.0, 3.0], [1.0, 2.0, 6.0])
        0.3571428571428571
    """
    ours, right = paired_numbers(predictions, labels)
    if len(right) < 2:
        return math.nan
    residual = float(((right - ours) ** 2).sum())
    total = float(((right - right.mean()) ** 2).sum())
    if total == 0:
        return float(residual == 0)
    return 1 - residual / total


def pearson(predictions: ArrayLike, labels: ArrayLike) -> float:
    r"""Give the linear correlation, the cosine between both after their means are taken off.

    It is `nan`, undefined, where either is constant.

    Args:
        predictions: (n,) numbers.
        labels: (n,) the right ones.

    Raises:
        ValueError: different lengths, no entry, NaN or infinity.

    Example:
        >>> round(pearson([1.0, 2.0, 3.0], [2.0, 4.0, 7.0]), 6)
        0.993399
    """
    ours, right = paired_numbers(predictions, labels)
    return _cosine(ours, right)


def spearman(predictions: ArrayLike, labels: ArrayLike) -> float:
    """Correlate the ranks; equal numbers share their mean rank.

    It is `nan`, undefined, where either is constant.

    Args:
        predictions: (n,) numbers.
        labels: (n,) the right ones.

    Raises:
        ValueError: different lengths, no entry, NaN or infinity.

    Example:
        >>> spearman([1.0, 2.0, 3.0], [1.0, 10.0, 100.0])
        1.0
    """
    ours, right = paired_numbers(predictions, labels)
    return _cosine(_ranks(ours), _ranks(right))


def kendall(predictions: ArrayLike, labels: ArrayLike) -> float:
    r"""Count pairs that are ordered alike against pairs that are not, corrected for ties: tau-b.

    $$\tau_b = \frac{P - Q}{\sqrt{(n_0 - n_x)(n_0 - n_y)}}, \qquad n_0 = n(n-1)/2$$

    with $n_x$ and $n_y$ pairs that are equal in one of the two. It is `nan`, undefined, where
    either is constant.

    Args:
        predictions: (n,) numbers.
        labels: (n,) the right ones.

    Raises:
        ValueError: different lengths, no entry, NaN or infinity.

    Example:
        >>> round(kendall([1.0, 2.0, 3.0], [1.0, 3.0, 2.0]), 6)
        0.333333

    Source: Kendall, "The treatment of ties in ranking problems", 1945; Knight, "A computer method
    for calculating Kendall's tau with ungrouped data", 1966.
    """
    ours, right = paired_numbers(predictions, labels)
    _, x, count_x = np.unique(ours, return_inverse=True, return_counts=True)
    _, y, count_y = np.unique(right, return_inverse=True, return_counts=True)
    _, count_both = np.unique(x * len(count_y) + y, return_counts=True)
    pairs = len(x) * (len(x) - 1) // 2
    in_x, in_y, in_both = (int((c * (c - 1) // 2).sum()) for c in (count_x, count_y, count_both))
    if pairs in (in_x, in_y):
        return math.nan
    # By x, and by y among equals: what then still stands against the order of y is discordant.
    discordant = _inversions(y[np.lexsort((y, x))].astype(np.int64))
    excess = pairs - in_x - in_y + in_both - 2 * discordant
    return excess / math.sqrt(pairs - in_x) / math.sqrt(pairs - in_y)


def _cosine(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    if (a == a[0]).all() or (b == b[0]).all():
        return math.nan
    a, b = a - a.mean(), b - b.mean()
    # Each is scaled first: squares of very large or small numbers stay in range.
    a, b = a / np.abs(a).max(), b / np.abs(b).max()
    return max(-1.0, min(1.0, float(a @ b) / math.sqrt((a @ a) * (b @ b))))


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    mean_rank: NDArray[np.float64] = counts.cumsum() - (counts - 1) / 2
    return mean_rank[place]


def _inversions(values: NDArray[np.int64]) -> int:
    """Count pairs that stand in falling order, bit by bit: n log² n without a loop over entries."""
    total = 0
    for bit in range(int(values.max()).bit_length()):
        # Among numbers that agree above this bit, each 0 falls short of the 1s before it.
        groups = values >> (bit + 1)
        order = np.argsort(groups, kind="stable")
        ones = (values[order] >> bit) & 1
        before = ones.cumsum() - ones
        first = np.searchsorted(groups[order], groups[order])
        total += int(((before - before[first]) * (1 - ones)).sum())
    return total
