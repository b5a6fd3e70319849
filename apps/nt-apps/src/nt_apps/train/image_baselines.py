"""What a classifier of images must beat: the nearest class mean, and logistic regression."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from typing import Any

import numpy as np
from nt_data.metrics import accuracy
from nt_data.sources import Images
from numpy.typing import NDArray

__all__ = ["logistic_regression", "nearest_mean"]


def nearest_mean(train: Images, test: Images) -> float:
    r"""Accuracy of the class whose mean training image is nearest.

    $$\hat y = \arg\min_c \lVert x - \mu_c \rVert^2 = \arg\max_c \; x \cdot \mu_c -
    \tfrac12 \lVert \mu_c \rVert^2$$

    Example:
        >>> black, white = np.zeros((1, 2, 2, 1), np.uint8), np.full((1, 2, 2, 1), 255, np.uint8)
        >>> two = Images(np.concatenate([black, white]), np.array([0, 1]), ("black", "white"))
        >>> nearest_mean(two, two)
        1.0
    """
    x, classes = _flat(train), range(len(train.classes))
    there = [c for c in classes if (train.labels == c).any()]
    means = np.stack([x[train.labels == c].mean(0) for c in there])  # (classes, pixels)
    scores = _flat(test) @ means.T - 0.5 * (means**2).sum(1)
    return accuracy(np.array(there)[scores.argmax(1)], test.labels)


def logistic_regression(train: Images, test: Images, iterations: int = 100) -> float | None:
    """Accuracy of logistic regression on pixels from 0 to 1: scikit-learn's, with its defaults.

    Args:
        train: what it learns from.
        test: what it is judged by.
        iterations: of L-BFGS, whether it has converged by then or not.

    Returns:
        None where scikit-learn is not installed.
    """
    if find_spec("sklearn") is None:
        return None
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted: Any = LogisticRegression(max_iter=iterations).fit(_flat(train), train.labels)
    return accuracy(fitted.predict(_flat(test)), test.labels)


def _flat(part: Images) -> NDArray[np.float32]:
    return part.images.reshape(len(part), -1).astype(np.float32) / np.float32(255)
