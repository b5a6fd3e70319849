"""Texts to classify as rows of tokens: their ends, how long ones are cut, their batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from nt_data import pad_sequence
from nt_data.tokenizers import Tokenizer
from numpy.typing import NDArray

__all__ = ["Ids", "Row", "Rows", "between_ends", "head_and_tail"]

Ids = NDArray[np.int64]
Row = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Rows:
    """Texts as rows of tokens, with their classes: a data set of padded batches."""

    rows: Sequence[Row]
    labels: Ids  # (texts,)
    pad_id: int = 0

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> tuple[Ids, NDArray[np.bool_], Any]:
        tokens, real, labels = self.get_batch(np.array([index]))
        return tokens[0], real[0], labels[0]

    def get_batch(self, indices: Ids) -> tuple[Ids, NDArray[np.bool_], Ids]:
        """Tokens (batch, longest), True at real ones, and (batch,) classes."""
        tokens, real = pad_sequence([self.rows[i] for i in indices], padding_value=self.pad_id)
        return tokens.astype(np.int64), real, self.labels[indices]

    @property
    def lengths(self) -> Ids:
        """(texts,)."""
        return np.array([len(row) for row in self.rows], np.int64)


def head_and_tail(ids: Row, room: int) -> Row:
    """Shorten a text to its beginning, a quarter of the room, and its end.

    Example:
        >>> head_and_tail(np.arange(10, dtype=np.uint16), 4).tolist()
        [0, 7, 8, 9]

    Source: Sun et al., How to Fine-Tune BERT for Text Classification? (2019), section 5.3.1.
    """
    if len(ids) <= room:
        return ids
    head = room // 4
    return np.concatenate([ids[:head], ids[len(ids) - (room - head) :]])


def between_ends(ids: Row, tokenizer: Tokenizer) -> Row:
    """Put a text between [CLS] and [SEP]."""
    first, last = (tokenizer.special_tokens[name] for name in ("[CLS]", "[SEP]"))
    return np.concatenate([[first], ids, [last]]).astype(tokenizer.dtype)
