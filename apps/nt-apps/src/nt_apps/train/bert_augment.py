"""Texts to learn classes from, changed anew each time."""

from __future__ import annotations

import numpy as np
from nt_data import Draws, pad_sequence
from nt_data.tokenizers import Tokenizer
from nt_data.transforms import MaxMatchDropout
from numpy.typing import NDArray

from nt_apps.train.bert import BERTSettings
from nt_apps.train.bert_rows import Ids, between_ends, head_and_tail

__all__ = ["TextAugment"]

Batch = tuple[Ids, NDArray[np.bool_], Ids]  # tokens and True at real ones (batch, time), classes


class TextAugment:
    """Changes a batch of texts so that neither a word's spelling nor any single word decides.

    In this order, as far as the config asks for it: of a text that is too long a stretch, words in
    other pieces, hidden tokens.

    Args:
        tokenizer: what the texts were made tokens by.
        config: `length`, `random_windows`, `subword_dropout` and `token_dropout` are read.

    Source: Hiraoka, "MaxMatch-Dropout: Subword Regularization for WordPiece", COLING 2022.
    """

    def __init__(self, tokenizer: Tokenizer, config: BERTSettings) -> None:
        self.tokenizer, self.config = tokenizer, config
        self._split = MaxMatchDropout(tokenizer, config.subword_dropout)
        self._special = list(tokenizer.special_tokens.values())

    def __call__(self, batch: Batch, draws: Draws) -> Batch:
        """Give the texts, changed, with their classes."""
        tokens, real, labels = batch
        c, special = self.config, self.tokenizer.special_tokens
        if c.random_windows or c.subword_dropout:
            tokens, real = self._rewritten(tokens, real, draws)
        if c.token_dropout:
            hidden = draws.uniform((tokens.shape[1],)) < c.token_dropout
            hidden &= ~np.isin(tokens, self._special)
            tokens = np.where(hidden, special["[MASK]"], tokens)
        return tokens, real, labels

    def _rewritten(
        self, tokens: Ids, real: NDArray[np.bool_], draws: Draws
    ) -> tuple[Ids, NDArray[np.bool_]]:
        room = self.config.length - 2
        rows = [row[here][1:-1] for row, here in zip(tokens, real, strict=True)]
        if self.config.random_windows:
            places = [max(1, len(row) - room + 1) for row in rows]
            first = (draws.uniform(()) * places).astype(int)
            rows = [row[i : i + room] for row, i in zip(rows, first, strict=True)]
        if self.config.subword_dropout:
            rows = [np.array(row, np.int64) for row in self._split(rows, draws)]
        again = [between_ends(head_and_tail(row, room), self.tokenizer) for row in rows]
        tokens, real = pad_sequence(again, padding_value=self.tokenizer.special_tokens["[PAD]"])
        return tokens.astype(np.int64), real
