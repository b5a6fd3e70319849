"""Documents of all lengths in windows of one length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nt_data._dataset import checked_indices
from nt_data._windows import IGNORED

__all__ = ["PackedDocuments", "document_mask", "pack"]


@dataclass(frozen=True)
class PackedDocuments:
    """Windows filled with documents: a data set of (tokens, documents, positions, targets).

    Attributes:
        tokens: (windows, length).
        documents: (windows, length) from 1 on in each window, 0 where there is padding.
        positions: (windows, length) places in the document's piece, from 0 on.
        targets: (windows, length) the next token of the same piece, -100 where there is none.

    Example:
        >>> packed = pack([[5, 6, 7], [8, 9]], length=4)
        >>> len(packed), packed.get_batch(np.array([0]))[0]
        (2, array([[5, 6, 7, 8]]))
    """

    tokens: NDArray[np.int64]
    documents: NDArray[np.int64]
    positions: NDArray[np.int64]
    targets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, index: int) -> tuple[NDArray[np.int64], ...]:
        return tuple(field[index] for field in self._fields())

    def get_batch(self, indices: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
        """Gather tokens, documents, positions and targets, (batch, length) each.

        Example:
            >>> [part.shape for part in pack([[1, 2, 3]], length=2).get_batch(np.array([1, 0]))]
            [(2, 2), (2, 2), (2, 2), (2, 2)]
        """
        places = checked_indices(indices, len(self))
        return tuple(field[places] for field in self._fields())

    def _fields(self) -> tuple[NDArray[np.int64], ...]:
        return self.tokens, self.documents, self.positions, self.targets


def pack(
    documents: Sequence[ArrayLike], length: int, *, split: bool = True, pad_id: int = 0
) -> PackedDocuments:
    """Fill windows of one length with documents, one behind the other.

    Args:
        documents: each a row of tokens; end them with their separator, if they have one.
        length: tokens a window.
        split: True fills each window to its end, and a document may go on in the next. False keeps
            each document within one window: the longest first, each into the first window that has
            room. A document that is longer than a window is cut into pieces of its length.
        pad_id: the token behind the last document of a window.

    Raises:
        ValueError: no tokens, `length` below 1, or a document that is no row of integers.

    Example:
        >>> packed = pack([[5, 6, 7], [8, 9], [4]], length=3, split=False)
        >>> packed.tokens
        array([[5, 6, 7], [8, 9, 4]])
        >>> packed.documents
        array([[1, 1, 1], [1, 1, 2]])
        >>> packed.targets
        array([[   6,    7, -100], [   9, -100, -100]])

    Source: Raffel et al., "T5", 2020, §3.5 (packing); Johnson, "Near-optimal bin packing
    algorithms", 1973 (first fit, decreasing).
    """
    if length < 1:
        raise ValueError(f"length ({length}) must be at least 1")
    rows = [_row(number, document) for number, document in enumerate(documents)]
    if not split:
        rows = [row[i : i + length] for row in rows for i in range(0, len(row), length)]
    pieces = [row for row in rows if len(row)]
    if not pieces:
        raise ValueError("documents must hold at least one token")
    sizes = np.array([len(piece) for piece in pieces])
    if split:
        start = sizes.cumsum() - sizes
        order = np.arange(len(pieces))
        windows = -(-int(sizes.sum()) // length)
    else:
        order = np.argsort(-sizes, kind="stable")
        start, windows = _first_fit(sizes[order], length)
    sizes = sizes[order]
    within = np.arange(int(sizes.sum())) - np.repeat(sizes.cumsum() - sizes, sizes)
    place = np.repeat(start, sizes) + within
    stream = np.concatenate([pieces[i] for i in order.tolist()])

    shape = (windows, length)
    tokens = np.full(shape, pad_id, np.int64)
    piece_of = np.full(shape, -1, np.int64)
    positions = np.zeros(shape, np.int64)
    tokens.ravel()[place] = stream
    piece_of.ravel()[place] = np.repeat(np.arange(len(pieces)), sizes)
    positions.ravel()[place] = within
    # A piece that goes on in the next window begins anew there, as its attention does.
    row_start = np.where(piece_of[:, :1] >= 0, positions[:, :1], 0)
    positions -= np.where(piece_of == piece_of[:, :1], row_start, 0)
    changes = np.diff(piece_of, axis=1, prepend=piece_of[:, :1] - 1) != 0
    numbers = np.where(piece_of >= 0, changes.cumsum(1), 0)
    targets = np.full(windows * length + 1, IGNORED, np.int64)
    flat = piece_of.ravel()
    goes_on = np.flatnonzero((flat[:-1] == flat[1:]) & (flat[1:] >= 0))
    targets[goes_on] = tokens.ravel()[goes_on + 1]
    return PackedDocuments(tokens, numbers, positions, targets[:-1].reshape(shape))


def document_mask(documents: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which tokens may see which: those of the same document, never padding.

    Args:
        documents: (batch, length), 0 is padding, as `pack` gives them.

    Returns:
        (batch, length, length) bool; query, then key.

    Example:
        >>> document_mask(np.array([[1, 2, 0]]))[0].astype(int)
        array([[1, 0, 0],
               [0, 1, 0],
               [0, 0, 0]])
    """
    documents = np.asarray(documents)
    same = documents[:, :, None] == documents[:, None, :]
    return np.asarray(same & (documents > 0)[:, :, None], np.bool_)


def _row(number: int, document: ArrayLike) -> NDArray[Any]:
    row = np.asarray(document)
    if row.ndim != 1 or (len(row) and row.dtype.kind not in "iu"):
        raise ValueError(
            f"document {number} must be a row of integers, got shape {row.shape} and {row.dtype}"
        )
    return row.astype(np.int64)


def _first_fit(sizes: NDArray[np.int64], length: int) -> tuple[NDArray[np.int64], int]:
    """Put falling sizes into the first window with room, found in a tree of the largest room."""
    leaves = 1 << max(len(sizes) - 1, 0).bit_length()
    room = [length] * (2 * leaves)
    start = np.empty(len(sizes), np.int64)
    windows = 0
    for i, size in enumerate(sizes.tolist()):
        node = 1
        while node < leaves:
            node = 2 * node if room[2 * node] >= size else 2 * node + 1
        window = node - leaves
        windows = max(windows, window + 1)
        start[i] = window * length + length - room[node]
        room[node] -= size
        while node > 1:
            node //= 2
            room[node] = max(room[2 * node], room[2 * node + 1])
    return start, windows
