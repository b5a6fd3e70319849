"""A text as samples for a language model: windows of tokens, and the same one token later."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nt_data._dataset import checked_indices

__all__ = ["IGNORED", "SlidingWindows", "TiledWindows"]

IGNORED = -100  # a target that cross-entropy leaves out, PyTorch's ignore_index

Windows = tuple[NDArray[np.int64], NDArray[np.int64]]  # inputs and targets, (batch, length) each


class SlidingWindows:
    r"""Every window of a token array: window $i$ is $x_i \dots x_{i+n-1}$, its targets one later.

    For training: with `DataLoader(..., shuffle=True, replacement=True)` each batch draws offsets
    at random, as nanoGPT does.

    Args:
        tokens: (tokens,) integers of any dtype; a memory map is read only where windows lie.
        length: tokens a window, $n$.

    Raises:
        ValueError: `tokens` is not an array of integers in one dimension, or too short.

    Example:
        >>> windows = SlidingWindows(np.array([5, 6, 7, 8], np.uint8), length=2)
        >>> len(windows), windows[1]
        (2, (array([6, 7]), array([7, 8])))
        >>> windows.get_batch(np.array([1, 0]))
        (array([[6, 7], [5, 6]]), array([[7, 8], [6, 7]]))

    Source: nanoGPT, `train.py`, `get_batch`.
    """

    tokens: NDArray[np.integer[Any]]  # (tokens,)
    length: int

    def __init__(self, tokens: ArrayLike, length: int) -> None:
        self.tokens, self.length = _checked(tokens, length), length

    def __len__(self) -> int:
        return len(self.tokens) - self.length

    def __getitem__(self, index: int) -> Windows:
        inputs, targets = self.get_batch(np.array([index]))
        return inputs[0], targets[0]

    def get_batch(self, indices: NDArray[np.int64]) -> Windows:
        """Gather the windows at `indices`, (batch,), as inputs and targets, (batch, length) int64.

        Example:
            >>> SlidingWindows([1, 2, 3], length=1).get_batch(np.array([1]))
            (array([[2]]), array([[3]]))
        """
        return _gather(self.tokens, checked_indices(indices, len(self)), self.length)


class TiledWindows:
    """Windows side by side: every token but the first is the target of exactly one of them.

    For evaluation. Where the tokens do not fill the last window, it begins earlier, among tokens
    that were predicted before, and their targets are -100, which cross-entropy leaves out. So a
    mean over a whole split weighs each batch by its number of targets that are not -100.

    Args:
        tokens: (tokens,) integers of any dtype; a memory map is read only where windows lie.
        length: tokens a window.

    Raises:
        ValueError: `tokens` is not an array of integers in one dimension, or too short.

    Example:
        >>> windows = TiledWindows(np.array([5, 6, 7, 8, 9, 4], np.uint8), length=3)
        >>> windows[0]
        (array([5, 6, 7]), array([6, 7, 8]))
        >>> windows[1]
        (array([7, 8, 9]), array([-100, 9, 4]))
    """

    tokens: NDArray[np.integer[Any]]  # (tokens,)
    length: int

    def __init__(self, tokens: ArrayLike, length: int) -> None:
        self.tokens, self.length = _checked(tokens, length), length

    def __len__(self) -> int:
        return -((1 - len(self.tokens)) // self.length)  # rounded up

    def __getitem__(self, index: int) -> Windows:
        inputs, targets = self.get_batch(np.array([index]))
        return inputs[0], targets[0]

    def get_batch(self, indices: NDArray[np.int64]) -> Windows:
        """Gather the windows at `indices`, (batch,), as inputs and targets, (batch, length) int64.

        Example:
            >>> TiledWindows([1, 2, 3], length=1).get_batch(np.array([0, 1]))
            (array([[1], [2]]), array([[2], [3]]))
        """
        wanted = checked_indices(indices, len(self)) * self.length
        offsets = np.minimum(wanted, len(self.tokens) - 1 - self.length)
        inputs, targets = _gather(self.tokens, offsets, self.length)
        targets[np.arange(self.length) < (wanted - offsets)[:, None]] = IGNORED
        return inputs, targets


def _checked(tokens: ArrayLike, length: int) -> NDArray[np.integer[Any]]:
    array = np.asanyarray(tokens)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise ValueError(
            f"tokens must be integers in one dimension, got shape {array.shape} "
            f"and dtype {array.dtype}"
        )
    if length < 1:
        raise ValueError(f"length ({length}) must be at least 1")
    if len(array) <= length:
        raise ValueError(
            f"length ({length}) must be below the number of tokens ({len(array)}): "
            "a window's last target is the token after it"
        )
    return array


def _gather(tokens: NDArray[Any], offsets: NDArray[np.int64], length: int) -> Windows:
    places = offsets[:, None] + np.arange(length + 1)
    window = np.asarray(tokens[places]).astype(np.int64)  # (batch, length + 1)
    return window[:, :-1].copy(), window[:, 1:].copy()
