"""Cross-entropy by Numba: maximum, sum, loss and gradient while the logits lie in the cache."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from nt_tensor.backends.numba._math import F, exp32, fast, largest
from nt_tensor.backends.numpy._cross_entropy import in_rows, side_by_side
from nt_tensor.kernels._cross_entropy import class_counts, cross_entropy

ZERO, ONE, LOW = F(0.0), F(1.0), F(-np.inf)
BLOCK, LANES = 1 << 16, 64


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
    if weight is None:
        counts = np.ones(target.shape, logits.dtype)  # what is ignored, its label tells
    else:
        counts = np.asarray(class_counts(target, weight, ignore_index), logits.dtype)
    labels = target.astype(np.int64, copy=ignore_index >= 0)
    if ignore_index >= 0:
        labels[target == ignore_index] = -1
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


@njit(cache=True, fastmath=True, nogil=True)
def _maxima(rows: np.ndarray, lanes: np.ndarray, tops: np.ndarray) -> None:
    """The maxima of rows: of long ones side by side in lanes, which is three times faster."""
    n, width = rows.shape
    if width < 4 * LANES:
        for i in range(n):
            tops[i] = largest(rows[i], width)
        return
    whole = width - width % LANES
    for i in range(n):
        row = rows[i]
        for j in range(LANES):
            lanes[j] = row[j]
        for start in range(LANES, whole, LANES):
            part = row[start : start + LANES]
            for j in range(LANES):
                lanes[j] = part[j] if part[j] > lanes[j] else lanes[j]
        top = largest(lanes, LANES)
        for j in range(whole, width):
            top = row[j] if row[j] > top else top
        tops[i] = top


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

    The three loops run over a few rows each: in one loop over rows they take half as long again.
    """
    n, classes = logits.shape
    step = max(1, BLOCK // (2 * classes))
    lanes = np.empty(LANES, logits.dtype)
    for start in range(0, n, step):
        end = min(n, start + step)
        _maxima(logits[start:end], lanes, scores[start:end])
        for i in range(start, end):
            row, out, top = logits[i], slope[i], scores[i]
            total = ZERO
            for j in range(classes):
                e = exp32(row[j] - top)
                out[j] = e
                total += e
            totals[i] = total
        for i in range(start, end):
            out, label, height = slope[i], target[i], counts[i] * scale
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
