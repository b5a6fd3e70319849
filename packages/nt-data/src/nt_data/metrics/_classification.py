"""How well classes were told: from the table of what was said against what was right."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nt_data.metrics._paired import paired

__all__ = [
    "accuracy",
    "balanced_accuracy",
    "cohen_kappa",
    "confusion_matrix",
    "f1",
    "matthews_corrcoef",
    "precision",
    "recall",
]

Average = Literal["binary", "micro", "macro", "weighted"]


def accuracy(predictions: ArrayLike, labels: ArrayLike) -> float:
    r"""Give the share of predictions that are right.

    Args:
        predictions: (n,) classes, numbers or strings.
        labels: (n,) the right ones.

    Raises:
        ValueError: different lengths, or no entry.

    Example:
        >>> accuracy([1, 0, 1, 1], [1, 0, 0, 1])
        0.75
    """
    ours, right = paired(predictions, labels)
    return float(np.mean(ours == right))


def confusion_matrix(
    predictions: ArrayLike, labels: ArrayLike, *, classes: ArrayLike | None = None
) -> NDArray[np.int64]:
    r"""Count pairs: row $i$, column $j$ holds how often class $i$ was called class $j$.

    Args:
        predictions: (n,) classes, numbers or strings.
        labels: (n,) the right ones.
        classes: (c,) the order of rows and columns; None means all that occur, sorted.

    Returns:
        (c, c) counts, as scikit-learn's `confusion_matrix(labels, predictions)`.

    Raises:
        ValueError: different lengths, no entry, or an entry that is not among `classes`.

    Example:
        >>> confusion_matrix([1, 1, 0, 1], [1, 0, 0, 1])
        array([[1, 1],
               [0, 2]])
    """
    return _table(predictions, labels, classes)[0]


def balanced_accuracy(predictions: ArrayLike, labels: ArrayLike) -> float:
    r"""Give the mean of the classes' recalls, so that a rare class counts as much as a common one.

    It is `nan`, undefined, where a class was predicted that no label has.

    Args:
        predictions: (n,) classes, numbers or strings.
        labels: (n,) the right ones.

    Raises:
        ValueError: different lengths, or no entry.

    Example:
        >>> balanced_accuracy([0, 0, 0, 0], [0, 0, 0, 1])
        0.5

    Source: Brodersen et al., "The balanced accuracy and its posterior distribution", ICPR 2010.
    """
    table, _ = _table(predictions, labels, None)
    of_label = table.sum(1)
    return float(np.mean(table.diagonal() / of_label)) if of_label.all() else math.nan


def matthews_corrcoef(predictions: ArrayLike, labels: ArrayLike) -> float:
    r"""Correlate predictions with labels, for two classes or more.

    $$R = \frac{n \sum_k C_{kk} - \sum_k p_k t_k}
    {\sqrt{(n^2 - \sum_k p_k^2)(n^2 - \sum_k t_k^2)}}$$

    with the confusion matrix $C$, how often a class was predicted $p_k$ and right $t_k$. It is 0
    where either is constant.

    Args:
        predictions: (n,) classes, numbers or strings.
        labels: (n,) the right ones.

    Raises:
        ValueError: different lengths, or no entry.

    Example:
        >>> matthews_corrcoef([1, 0, 1, 1], [1, 0, 0, 1])
        0.5773502691896258

    Source: Gorodkin, "Comparing two K-category assignments by a K-category correlation
    coefficient", 2004.
    """
    table, _ = _table(predictions, labels, None)
    said, right, n = table.sum(0), table.sum(1), int(table.sum())
    covariance = n * int(table.trace()) - int(said @ right)
    spread = (n**2 - int(said @ said)) * (n**2 - int(right @ right))
    return covariance / math.sqrt(spread) if spread else 0.0


def cohen_kappa(predictions: ArrayLike, labels: ArrayLike) -> float:
    r"""Measure agreement above what chance gives, $(p_o - p_e)/(1 - p_e)$.

    It is `nan`, undefined, where predictions and labels are one and the same class throughout.

    Args:
        predictions: (n,) classes, numbers or strings.
        labels: (n,) the right ones.

    Raises:
        ValueError: different lengths, or no entry.

    Example:
        >>> cohen_kappa([1, 0, 1, 1], [1, 0, 0, 1])
        0.5

    Source: Cohen, "A coefficient of agreement for nominal scales", 1960.
    """
    table, _ = _table(predictions, labels, None)
    n = int(table.sum())
    expected = int(table.sum(0) @ table.sum(1))  # n² p_e
    return (n * int(table.trace()) - expected) / (n**2 - expected) if n**2 > expected else math.nan


def precision(
    predictions: ArrayLike, labels: ArrayLike, *, average: Average = "binary", positive: Any = 1
) -> float:
    r"""Give the share of what was called positive that is: $TP / (TP + FP)$.

    Where nothing was called positive, it counts as 0.

    Args:
        predictions: (n,) classes, numbers or strings.
        labels: (n,) the right ones.
        average: "binary" looks at the class `positive` alone; "micro" counts over all classes,
            "macro" takes the mean over those that occur, "weighted" weighs them by their labels.
        positive: the class that "binary" means.

    Raises:
        ValueError: different lengths, no entry, an unknown `average`, or "binary" with a third
            class.

    Example:
        >>> precision([1, 1, 0, 1], [1, 0, 0, 1]), precision([2, 1], [2, 2], average="macro")
        (0.6666666666666666, 0.5)
    """
    return _averaged(predictions, labels, average, positive)[0]


def recall(
    predictions: ArrayLike, labels: ArrayLike, *, average: Average = "binary", positive: Any = 1
) -> float:
    r"""Give the share of the positive that was called so: $TP / (TP + FN)$.

    Where no label is positive, it counts as 0.

    Args:
        predictions: (n,) classes, numbers or strings.
        labels: (n,) the right ones.
        average: as for `precision`.
        positive: the class that "binary" means.

    Raises:
        ValueError: as for `precision`.

    Example:
        >>> recall([1, 1, 0, 0], [1, 0, 0, 1])
        0.5
    """
    return _averaged(predictions, labels, average, positive)[1]


def f1(
    predictions: ArrayLike, labels: ArrayLike, *, average: Average = "binary", positive: Any = 1
) -> float:
    r"""Give the harmonic mean of precision and recall: $2 TP / (2 TP + FP + FN)$.

    Where a class neither occurs nor is predicted, it counts as 0.

    Args:
        predictions: (n,) classes, numbers or strings.
        labels: (n,) the right ones.
        average: as for `precision`; "macro" is the mean of the classes' F1.
        positive: the class that "binary" means.

    Raises:
        ValueError: as for `precision`.

    Example:
        >>> f1([1, 1, 0, 1], [1, 0, 0, 1]), f1(["b", "a"], ["b", "b"], average="micro")
        (0.8, 0.5)
    """
    return _averaged(predictions, labels, average, positive)[2]


def _table(
    predictions: ArrayLike, labels: ArrayLike, classes: ArrayLike | None
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    ours, right = paired(predictions, labels)
    both = np.concatenate([right, ours])
    found, place = np.unique(both, return_inverse=True)
    if classes is not None:
        order = np.asarray(classes)
        if len(np.unique(order)) != order.size or order.ndim != 1:
            raise ValueError(f"classes must be a row of different classes, got {classes!r}")
        column = {each: i for i, each in enumerate(order.tolist())}
        missing = [each for each in found.tolist() if each not in column]
        if missing:
            raise ValueError(f"{missing[0]!r} is not among the classes {order.tolist()}")
        place = np.array([column[each] for each in found.tolist()], np.int64)[place]
        found = order
    pairs = place[: len(right)] * len(found) + place[len(right) :]
    counts = np.bincount(pairs, minlength=len(found) ** 2)
    return counts.reshape(len(found), len(found)).astype(np.int64), found


def _averaged(
    predictions: ArrayLike, labels: ArrayLike, average: str, positive: Any
) -> tuple[float, float, float]:
    """Precision, recall and F1, averaged as asked."""
    table, classes = _table(predictions, labels, None)
    hits, said, right = table.diagonal(), table.sum(0), table.sum(1)
    if average == "binary":
        others = [each for each in classes.tolist() if each != positive]
        if len(others) > 1:
            raise ValueError(
                f"average='binary' needs two classes, {positive!r} and one other, got "
                f"{classes.tolist()}; ask for 'micro', 'macro' or 'weighted'"
            )
        at = classes == positive
        hits, said, right = (np.array([each[at].sum()]) for each in (hits, said, right))
        weights = np.ones(1)
    elif average == "micro":
        hits, said, right = (np.array([each.sum()]) for each in (hits, said, right))
        weights = np.ones(1)
    elif average == "macro":
        weights = np.full(len(classes), 1 / len(classes))
    elif average == "weighted":
        weights = right / right.sum()
    else:
        raise ValueError(
            f"average must be 'binary', 'micro', 'macro' or 'weighted', got {average!r}"
        )
    ratios = ((hits, said), (hits, right), (2 * hits, said + right))
    one, two, three = (float(weights @ (top / np.maximum(below, 1))) for top, below in ratios)
    return one, two, three
