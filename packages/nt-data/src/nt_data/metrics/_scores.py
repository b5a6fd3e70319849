"""How well scores and probabilities tell classes apart, before any is chosen."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nt_data.metrics._paired import finite

__all__ = ["average_precision", "log_loss", "roc_auc", "top_k_accuracy"]


def top_k_accuracy(scores: ArrayLike, labels: ArrayLike, *, k: int = 5) -> float:
    """Give the share of rows whose right class is among the `k` largest scores.

    Of equal scores the later class counts as the larger one, as in scikit-learn.

    Args:
        scores: (n, classes), larger means likelier.
        labels: (n,) the right columns.
        k: how many guesses are allowed.

    Raises:
        ValueError: shapes that do not fit, scores that are not finite, a label without its column,
            or `k` below 1.

    Example:
        >>> top_k_accuracy([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]], [1, 0], k=2)
        0.5
    """
    table, right = _scored(scores, labels)
    if k < 1:
        raise ValueError(f"k ({k}) must be at least 1")
    own = table[np.arange(len(right)), right][:, None]
    later = np.arange(table.shape[1]) > right[:, None]
    ahead = (table > own) | ((table == own) & later)
    return float(np.mean(ahead.sum(1) < k))


def log_loss(probabilities: ArrayLike, labels: ArrayLike, *, floor: float = 0.0) -> float:
    r"""Give the mean of $-\log p$ of the right classes, in nats.

    A right class of probability 0 costs infinity, unless `floor` keeps probabilities between
    `floor` and `1 - floor`; scikit-learn does so with 2.2e-16.

    Args:
        probabilities: (n, classes), each row sums to 1.
        labels: (n,) the right columns.
        floor: the smallest probability that is believed.

    Raises:
        ValueError: shapes that do not fit, a label without its column, or rows that are no
            distribution.

    Example:
        >>> round(log_loss([[0.5, 0.5], [0.25, 0.75]], [0, 1]), 6)
        0.490415
    """
    table, right = _scored(probabilities, labels)
    total = table.sum(1)
    if (table < 0).any() or (np.abs(total - 1) > 1e-5).any():
        worst = int(np.abs(total - 1).argmax())
        raise ValueError(
            f"probabilities must not be negative and sum to 1, row {worst} sums to {total[worst]}"
        )
    chosen = table[np.arange(len(right)), right]
    if floor:
        chosen = chosen.clip(floor, 1 - floor)
    if not chosen.all():
        return math.inf
    return float(-np.log(chosen).mean())


def roc_auc(scores: ArrayLike, labels: ArrayLike, *, positive: Any = 1) -> float:
    r"""Give the chance that a positive scores above a negative; a tie counts one half.

    It is `nan`, undefined, where either class is missing.

    Args:
        scores: (n,) larger means more likely `positive`.
        labels: (n,) the right classes.
        positive: the class that scores speak for.

    Raises:
        ValueError: shapes that do not fit, or scores that are not finite.

    Example:
        >>> roc_auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
        0.75

    Source: Hanley & McNeil, "The meaning and use of the area under a ROC curve", 1982.
    """
    values, hits = _binary(scores, labels, positive)
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = counts.cumsum()
    rank = (last - (counts - 1) / 2)[place]  # of equal scores, the mean rank
    n = int(hits.sum())
    rest = len(hits) - n
    if not n or not rest:
        return math.nan
    return float((rank[hits].sum() - n * (n + 1) / 2) / (n * rest))


def average_precision(scores: ArrayLike, labels: ArrayLike, *, positive: Any = 1) -> float:
    r"""Sum the precision at each threshold over the gain in recall, $\sum_i (R_i - R_{i-1}) P_i$.

    It is 0 where no label is positive, as in scikit-learn.

    Args:
        scores: (n,) larger means more likely `positive`.
        labels: (n,) the right classes.
        positive: the class that scores speak for.

    Raises:
        ValueError: shapes that do not fit, or scores that are not finite.

    Example:
        >>> round(average_precision([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]), 6)
        0.833333

    Source: Manning, Raghavan & Schütze, "Introduction to Information Retrieval", 2008, §8.4.
    """
    values, hits = _binary(scores, labels, positive)
    if not hits.any():
        return 0.0
    order = np.argsort(-values, kind="stable")
    found = hits[order].cumsum()
    last = np.append(np.diff(values[order]) != 0, True)  # equal scores are one threshold
    found, said = found[last], np.flatnonzero(last) + 1
    return float((np.diff(found, prepend=0) / found[-1] * (found / said)).sum())


def _scored(scores: ArrayLike, labels: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    table, right = finite("scores", scores), np.asarray(labels)
    if table.ndim != 2 or right.shape != table.shape[:1] or not len(right):
        raise ValueError(
            "scores must be (n, classes) and labels (n,) with n at least 1, "
            f"got shapes {table.shape} and {right.shape}"
        )
    if right.dtype.kind not in "iu" or right.min() < 0 or right.max() >= table.shape[1]:
        raise ValueError(
            f"labels must be columns of the scores, integers from 0 to {table.shape[1] - 1}, "
            f"got {right.dtype} from {right.min()} to {right.max()}"
        )
    return table, right.astype(np.int64)


def _binary(
    scores: ArrayLike, labels: ArrayLike, positive: Any
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    values, right = finite("scores", scores), np.asarray(labels)
    if values.ndim != 1 or values.shape != right.shape or not len(values):
        raise ValueError(
            "scores and labels must be two rows of one length, at least 1, "
            f"got shapes {values.shape} and {right.shape}"
        )
    return values, np.asarray(right == positive, np.bool_)
