"""Predictions and labels side by side, checked once for every metric."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["finite", "paired", "paired_numbers"]


def paired(predictions: ArrayLike, labels: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    """Give both as arrays of one dimension and equal length, at least one entry, of one kind.

    Example:
        >>> paired([1, 0], [1])
        Traceback (most recent call last):
            ...
        ValueError: predictions and labels must be two rows of one length, got shapes (2,) and (1,)
    """
    ours, right = np.asarray(predictions), np.asarray(labels)
    if ours.ndim != 1 or ours.shape != right.shape:
        raise ValueError(
            "predictions and labels must be two rows of one length, "
            f"got shapes {ours.shape} and {right.shape}"
        )
    if not len(ours):
        raise ValueError("predictions and labels must hold at least one entry")
    one, other = _kind(predictions, ours), _kind(labels, right)
    if one != other or one not in ("numbers", "strings"):
        raise ValueError(
            "predictions and labels must both be numbers or both be strings, "
            f"got {one} as predictions and {other} as labels"
        )
    return ours, right


def paired_numbers(
    predictions: ArrayLike, labels: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give both as float64 of one dimension and equal length, without NaN or infinity.

    Example:
        >>> paired_numbers([1.0], [float("nan")])
        Traceback (most recent call last):
            ...
        ValueError: labels must be finite, got nan at 0
    """
    ours, right = paired(predictions, labels)
    return finite("predictions", ours), finite("labels", right)


def finite(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Give numbers as float64, without NaN or infinity.

    Example:
        >>> finite("scores", [1, 2])
        array([1., 2.])
    """
    given = np.asarray(values)
    if given.dtype.kind not in "biufO":
        raise ValueError(f"{name} must be numbers, got dtype {given.dtype}")
    array = np.asarray(given, np.float64)
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        place = tuple(int(axis) for axis in bad[0])
        where = str(place[0]) if len(place) == 1 else str(place)
        raise ValueError(f"{name} must be finite, got {array[place]} at {where}")
    return array


def _kind(given: ArrayLike, array: NDArray[Any]) -> str:
    if array.dtype.kind in "biuf":
        return "numbers"
    # NumPy writes a number among strings as a string: what was given tells them apart.
    entries = array.tolist() if isinstance(given, np.ndarray) else list(np.asarray(given, object))
    names = {"strings": str, "numbers": Real}
    found = [name for name, kind in names.items() if all(isinstance(e, kind) for e in entries)]
    return found[0] if found else " with ".join(sorted({type(e).__name__ for e in entries}))
