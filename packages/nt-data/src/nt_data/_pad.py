"""Rows of all lengths in one rectangle, and which of it is real."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nt_data._collate import collate

__all__ = ["PadCollate", "pad_sequence"]


def pad_sequence(
    sequences: Sequence[ArrayLike],
    *,
    padding_value: float = 0,
    padding_side: str = "right",
    multiple_of: int = 1,
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Stack rows of different lengths, filled up to the longest one.

    Args:
        sequences: each (length, ...), equal but for the length.
        padding_value: what fills.
        padding_side: "right" or "left".
        multiple_of: the length is rounded up to a multiple of this.

    Returns:
        (n, longest, ...) of the rows' dtype, and (n, longest) True where a row is.

    Raises:
        ValueError: no rows, rows of different shapes behind the length, or an unknown side.

    Example:
        >>> padded, mask = pad_sequence([[5, 6, 7], [8]])
        >>> padded
        array([[5, 6, 7],
               [8, 0, 0]])
        >>> mask.sum(1)
        array([3, 1])
    """
    rows = [np.asarray(row) for row in sequences]
    if not rows:
        raise ValueError("pad_sequence needs at least one sequence")
    if padding_side not in ("left", "right"):
        raise ValueError(f"padding_side must be 'left' or 'right', got {padding_side!r}")
    if multiple_of < 1:
        raise ValueError(f"multiple_of ({multiple_of}) must be at least 1")
    behind = {row.shape[1:] for row in rows}
    if any(row.ndim == 0 for row in rows) or len(behind) > 1:
        raise ValueError(
            f"sequences must be equal behind their first axis, got {[row.shape for row in rows]}"
        )
    sizes = np.array([len(row) for row in rows])
    longest = -(-int(sizes.max()) // multiple_of) * multiple_of
    # An empty list has no dtype of its own: those that hold something decide.
    dtype = np.result_type(*([row for row in rows if len(row)] or rows))
    padded = np.full((len(rows), longest, *rows[0].shape[1:]), padding_value, dtype)
    place = np.arange(longest)
    if padding_side == "right":
        mask = place < sizes[:, None]
    else:
        mask = place >= (longest - sizes)[:, None]
    padded[mask] = np.concatenate(rows)
    return padded, mask


@dataclass(frozen=True)
class PadCollate:
    """Make a batch of samples whose rows differ in length: each row field gets its mask beside it.

    A sample that is a row gives (rows, mask). In a tuple each field that is a row, an array or list
    of one dimension or more, becomes two, the others one; in a dictionary field `x` gets `x_mask`.

    Args:
        padding_value: what fills.
        padding_side: "right" or "left".
        multiple_of: lengths are rounded up to a multiple of this.

    Raises:
        ValueError: fields that cannot be stacked.

    Example:
        >>> PadCollate()([([5, 6, 7], 1), ([8], 0)])
        (array([[5, 6, 7], [8, 0, 0]]), array([[ True, True, True], [ True, False, False]]),
         array([1, 0]))
    """

    padding_value: float = 0
    padding_side: str = "right"
    multiple_of: int = 1

    def __call__(self, samples: Sequence[Any]) -> Any:
        """Give the batch."""
        if not samples:
            raise ValueError("a batch needs at least one sample")
        first = samples[0]
        if isinstance(first, dict):
            batch: dict[str, Any] = {}
            for key in first:
                parts = self._field([sample[key] for sample in samples])
                batch[key] = parts[0]
                if len(parts) > 1:
                    batch[f"{key}_mask"] = parts[1]
            return batch
        if isinstance(first, tuple):
            columns = zip(*samples, strict=True)
            return tuple(part for column in columns for part in self._field(list(column)))
        parts = self._field(list(samples))
        return parts if len(parts) > 1 else parts[0]

    def _field(self, values: list[Any]) -> tuple[Any, ...]:
        is_row = isinstance(values[0], list) or (
            isinstance(values[0], np.ndarray) and values[0].ndim > 0
        )
        if not is_row:
            return (collate(values),)
        return pad_sequence(
            values,
            padding_value=self.padding_value,
            padding_side=self.padding_side,
            multiple_of=self.multiple_of,
        )
