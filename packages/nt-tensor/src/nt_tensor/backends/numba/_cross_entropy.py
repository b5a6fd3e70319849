"""Cross-entropy by Numba: maximum, sum, loss and gradient of a row while it lies in the cache."""

from __future__ import annotations

import numpy as np

from nt_tensor.backends.numba._math import F, exp32, fast, largest
from nt_tensor.kernels._cross_entropy import cross_entropy

ZERO, ONE = F(0.0), F(1.0)


@cross_entropy.on("numba")
def _cross_entropy(
    logits: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    ignore_index: int,
    smoothing: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if weight is not None or smoothing or logits.dtype != np.float32:
        return cross_entropy.bodies["numpy"](logits, target, weight, ignore_index, smoothing)  # type: ignore[no-any-return]
    slope = np.empty(logits.shape, logits.dtype)
    scores, total, counts = np.empty((3, len(logits)), logits.dtype)
    _loop(np.ascontiguousarray(logits), target, ignore_index, scores, total, slope, counts)
    # Not inside of the loop, where sums are reordered: log(total) + top - row[label] would lose
    # what top is larger by.
    return np.log(total) - scores, slope, counts


@fast
def _loop(
    logits: np.ndarray,
    target: np.ndarray,
    ignore_index: int,
    scores: np.ndarray,
    totals: np.ndarray,
    slope: np.ndarray,
    counts: np.ndarray,
) -> None:
    """The right class's score below the row's top, the sum of exponentials, and the gradient."""
    n, classes = logits.shape
    for i in range(n):
        row, out, label = logits[i], slope[i], target[i]
        if label == ignore_index:
            scores[i], totals[i], counts[i] = ZERO, ONE, ZERO
            for j in range(classes):
                out[j] = ZERO
            continue
        top = largest(row, classes)
        total = ZERO
        for j in range(classes):
            e = exp32(row[j] - top)
            out[j] = e
            total += e
        inverse = ONE / total
        for j in range(classes):
            out[j] *= inverse
        out[label] -= ONE
        scores[i], totals[i], counts[i] = row[label] - top, total, ONE
