"""Cross-entropy on NumPy: block by block, the gradient is made where the probabilities lie."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nt_tensor.kernels._cross_entropy import class_counts, cross_entropy, times
from nt_tensor.memory import BLOCK


@cross_entropy.on("numpy")
def _cross_entropy(
    logits: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None,
    ignore_index: int,
    smoothing: float,
    scale: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    if logits.dtype == np.float16 or not logits.size:
        return cross_entropy.reference(logits, target, weight, ignore_index, smoothing, scale)  # type: ignore[no-any-return]
    if side_by_side(logits):
        return in_rows(_cross_entropy, logits, target, weight, ignore_index, smoothing, scale)
    n, classes = logits.shape[:2]
    slope, losses = np.empty(logits.shape, logits.dtype), np.empty(target.shape, logits.dtype)
    counts = np.asarray(class_counts(target, weight, ignore_index), logits.dtype)
    rest = weight, ignore_index, smoothing, scale
    if logits.ndim == 2:
        step = max(1, 2 * BLOCK // classes)
        for i in range(0, n, step):
            at = slice(i, i + step)
            _rows(logits[at], target[at], counts[at], *rest, losses[at], slope[at])
    else:
        step = max(64, 2 * BLOCK // classes)
        for i in range(n):
            for j in range(0, logits.shape[2], step):
                at = slice(j, j + step)
                x, out = logits[i, :, at].T, slope[i, :, at].T
                _rows(x, target[i, at], counts[i, at], *rest, losses[i, at], out)
    return losses, slope


def side_by_side(logits: np.ndarray) -> bool:
    """Whether logits (n, classes, d) are a transposed array in which a row's classes are adjacent.

    So come those of a language model, (batch, time, vocabulary), in PyTorch's layout.
    """
    return logits.ndim == 3 and logits.swapaxes(1, 2).flags.c_contiguous


def in_rows(
    body: Callable[..., tuple[np.ndarray, np.ndarray]],
    logits: np.ndarray,
    target: np.ndarray,
    *rest: Any,
) -> tuple[np.ndarray, np.ndarray]:
    """What the body gives for rows (n d, classes), in the shape and the memory order asked for."""
    rows = logits.swapaxes(1, 2)  # (n, d, classes)
    losses, slope = body(rows.reshape(-1, rows.shape[2]), target.reshape(-1), *rest)
    return losses.reshape(target.shape), slope.reshape(rows.shape).swapaxes(1, 2)


def _rows(
    x: np.ndarray,
    target: np.ndarray,
    counts: np.ndarray,
    weight: np.ndarray | None,
    ignore_index: int,
    smoothing: float,
    scale: float,
    losses: np.ndarray,
    slope: np.ndarray,
) -> None:
    """The losses and slopes of a few rows of logits (rows, classes), in any memory order."""
    classes = x.shape[1]
    rows, ignored = np.arange(len(x)), target == ignore_index
    safe = np.where(ignored, 0, target)
    np.subtract(x, x.max(axis=1, keepdims=True), out=slope)
    ones = np.ones(classes, x.dtype)
    surprise, share = -slope[rows, safe], counts * x.dtype.type(1.0 - smoothing)
    spread = _spread(slope, weight) if smoothing else None
    np.exp(slope, out=slope)
    total = slope @ ones
    top = np.log(total)
    surprise += top
    with np.errstate(invalid="ignore"):  # what does not count may be impossible
        np.multiply(surprise, share, out=losses)
        losses[share == 0] = 0
    given = share
    if spread is not None:
        even = x.dtype.type(smoothing / classes)
        height = even * x.dtype.type(classes if weight is None else weight.sum())
        losses += top * height - spread * even
        given = share + height
    slope *= (given / total * x.dtype.type(scale))[:, None]
    if spread is not None:
        slope -= (ones if weight is None else weight) * (even * x.dtype.type(scale))
    slope[rows, safe] -= share * x.dtype.type(scale)
    if ignored.any():
        losses[ignored] = 0
        slope[ignored] = 0


def _spread(z: np.ndarray, weight: np.ndarray | None) -> Any:
    """The weighted sums of rows; a class that counts nothing may be impossible."""
    if weight is None:
        return z.sum(axis=1)
    some = weight != 0
    return z @ weight if some.all() else z[:, some] @ weight[some]


@times.on("numpy")
def _times(slope: np.ndarray, g: np.ndarray) -> np.ndarray:
    return slope if g == 1 else slope * g
