"""Cross-entropy by Numba: maximum, sum, loss and gradient while the logits lie in the cache."""

from __future__ import annotations

from typing import Any

import numpy as np

from nt_tensor.backends.numba._math import F, exp32, fast, largest32
from nt_tensor.backends.numpy._cross_entropy import in_rows, side_by_side
from nt_tensor.kernels._cross_entropy import class_counts, cross_entropy

ZERO, ONE, LOW = F(0.0), F(1.0), F(-np.inf)
BLOCK = 1 << 16


@cross_entropy.on("numba")
def _cross_entropy(
    logits: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    ignore_index: int,
    smoothing: float,
    scale: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    if smoothing or logits.dtype != np.float32 or not logits.size:
        return cross_entropy.bodies["numpy"](  # type: ignore[no-any-return]
            logits, target, weight, ignore_index, smoothing, scale
        )
    if side_by_side(logits):
        return in_rows(_cross_entropy, logits, target, weight, ignore_index, smoothing, scale)
    slope = np.empty(logits.shape, logits.dtype)
    if weight is None:  # what is ignored, its label tells
        counts = np.ones(target.shape if logits.ndim == 3 else (0,), logits.dtype)
    else:
        counts = np.asarray(class_counts(target, weight, ignore_index), logits.dtype)
    labels = target.astype(np.int64, copy=False)
    if ignore_index >= 0:
        labels = np.where(labels == ignore_index, -1, labels)
    scores, totals = np.empty((2, *target.shape), logits.dtype)
    loop = _of_rows if logits.ndim == 2 else _of_columns
    loop(np.ascontiguousarray(logits), labels, counts, F(scale), scores, totals, slope)
    # Not inside of the loop, where sums are reordered: log(total) + top - row[label] would lose
    # what top is larger by.
    losses = np.log(totals)
    losses -= scores
    if weight is not None:
        with np.errstate(invalid="ignore"):  # what does not count may be impossible
            losses *= counts
        losses[counts == 0] = 0
    return losses, slope


@fast
def _of_rows(
    logits: np.ndarray,
    target: np.ndarray,
    counts: np.ndarray,
    scale: Any,
    scores: np.ndarray,
    totals: np.ndarray,
    slope: np.ndarray,
) -> None:
    """Each right class's score below the top, the sum of exponentials, and the gradient.

    Without `counts`, every row counts 1. The loops run over a few rows each: in one loop over rows
    they take half as long again.
    """
    n, classes = logits.shape
    step = max(1, BLOCK // (2 * classes))
    bits = logits.view(np.int32)
    for start in range(0, n, step):
        end = min(n, start + step)
        for i in range(start, end):
            row, out, top = logits[i], slope[i], largest32(bits[i])
            scores[i] = top
            total = ZERO
            for j in range(classes):
                e = exp32(row[j] - top)
                out[j] = e
                total += e
            totals[i] = total
        for i in range(start, end):
            out, label = slope[i], target[i]
            height = counts[i] * scale if counts.size else scale
            if label < 0:
                scores[i], totals[i] = ZERO, ONE
                for j in range(classes):
                    out[j] = ZERO
                continue
            factor = height / totals[i]
            for j in range(classes):
                out[j] *= factor
            out[label] -= height
            scores[i] = logits[i, label] - scores[i]


@fast
def _of_columns(
    logits: np.ndarray,
    target: np.ndarray,
    counts: np.ndarray,
    scale: Any,
    scores: np.ndarray,
    totals: np.ndarray,
    slope: np.ndarray,
) -> None:
    """The same with the classes on axis 1 of three: rows of positions go through side by side."""
    n, classes, width = logits.shape
    step = max(16, BLOCK // classes)
    tops, factors = np.empty(step, logits.dtype), np.empty(step, logits.dtype)
    for i in range(n):
        for start in range(0, width, step):
            count = min(step, width - start)
            top, factor = tops[:count], factors[:count]
            total, score = totals[i, start : start + count], scores[i, start : start + count]
            label, height = target[i, start : start + count], counts[i, start : start + count]
            for j in range(count):
                top[j] = LOW
                total[j] = ZERO
            for c in range(classes):
                row = logits[i, c, start : start + count]
                for j in range(count):
                    top[j] = row[j] if row[j] > top[j] else top[j]
            for c in range(classes):
                row = logits[i, c, start : start + count]
                out = slope[i, c, start : start + count]
                for j in range(count):
                    e = exp32(row[j] - top[j])
                    out[j] = e
                    total[j] += e
            for j in range(count):
                factor[j] = height[j] * scale / total[j]
            for c in range(classes):
                out = slope[i, c, start : start + count]
                for j in range(count):
                    out[j] *= factor[j]
            for j in range(count):
                if label[j] < 0:
                    for c in range(classes):
                        slope[i, c, start + j] = ZERO
                    score[j], total[j] = ZERO, ONE
                else:
                    slope[i, label[j], start + j] -= height[j] * scale
                    score[j] = logits[i, label[j], start + j] - top[j]
