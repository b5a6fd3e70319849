"""What a classifier must beat: the class whose mean is nearest."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["NearestClassMean"]


class NearestClassMean:
    """Give each sample the class whose mean is nearest, in Euclidean distance.

    Args:
        samples: (n, ...) numbers to learn from; everything behind the first axis is one vector.
        labels: (n,) their classes.

    Raises:
        ValueError: no samples, other numbers of labels, or samples of another shape.

    Example:
        >>> NearestClassMean([[0.0], [2.0], [9.0]], ["low", "low", "high"]).predict([[4.0], [8.0]])
        array(['low', 'high'], dtype='<U4')
    """

    classes: NDArray[Any]  # (classes,)
    means: NDArray[np.float64]  # (classes, features)

    def __init__(self, samples: ArrayLike, labels: ArrayLike) -> None:
        rows, right = np.asarray(samples), np.asarray(labels)
        if rows.ndim < 2 or right.shape != rows.shape[:1] or not len(rows):
            raise ValueError(
                "samples must be (n, ...) and labels (n,) with n at least 1, "
                f"got shapes {rows.shape} and {right.shape}"
            )
        self._shape = rows.shape[1:]
        flat = rows.reshape(len(rows), -1)
        self.classes = np.unique(right)
        self.means = np.stack(
            [flat[right == each].mean(0, dtype=np.float64) for each in self.classes]
        )

    def predict(self, samples: ArrayLike) -> NDArray[Any]:
        """Give the nearest class of each sample, (n,).

        Example:
            >>> NearestClassMean([[0.0], [9.0]], [0, 1]).predict([[8.0]])
            array([1])
        """
        rows = np.asarray(samples)
        if rows.shape[1:] != self._shape:
            raise ValueError(f"samples must be (n, *{self._shape}), got shape {rows.shape}")
        flat = rows.reshape(len(rows), -1).astype(np.float64)
        # |x - m|² without |x|², which is the same for every class.
        distance = (self.means**2).sum(1) - 2 * flat @ self.means.T
        return np.asarray(self.classes[distance.argmin(1)])
