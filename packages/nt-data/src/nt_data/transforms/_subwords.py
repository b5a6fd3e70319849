"""Words written in other pieces than their longest, at random: MaxMatch-Dropout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nt_data._draws import as_draws
from nt_data.tokenizers import Tokenizer
from nt_data.transforms._base import Random, probability

__all__ = ["MaxMatchDropout"]

Rows = Sequence[Sequence[int]]


class MaxMatchDropout:
    r"""Write words in pieces drawn anew, for a model to learn what the parts of a word tell.

    WordPiece writes a word in its longest known pieces, from left to right. Here each of them is
    passed over with probability $p$ for the next shorter one, and so on:

    $$P(\text{the } k\text{-th longest}) = (1 - p)\, p^{k - 1}$$

    The shortest piece from which the word can be finished is never passed over. Words that have no
    pieces, and tokens that were added, stay.

    Args:
        tokenizer: a WordPiece tokenizer.
        p: from 0, which changes nothing, to 1, the shortest pieces everywhere.

    Raises:
        ValueError: `p` is out of range, or the tokenizer is none of WordPiece.

    Example:
        >>> from nt_data.tokenizers import WordPieceTokenizer
        >>> from nt_tensor import Generator
        >>> tokenizer = WordPieceTokenizer.train("low lower lowest, slow" * 2, vocab_size=22)
        >>> encoding = tokenizer("lower lowest")
        >>> split = MaxMatchDropout(tokenizer, p=0.5)
        >>> for row in split([encoding.ids] * 3, Generator(0)):
        ...     print([tokenizer.id_to_token(i) for i in row])
        ['[CLS]', 'lower', 'lowe', '##st', '[SEP]']
        ['[CLS]', 'low', '##e', '##r', 'l', '##o', '##w', '##e', '##st', '[SEP]']
        ['[CLS]', 'low', '##e', '##r', 'low', '##e', '##s', '##t', '[SEP]']

    Source: Hiraoka, "MaxMatch-Dropout: Subword Regularization for WordPiece", COLING 2022, §3.
    """

    def __init__(self, tokenizer: Tokenizer, p: float = 0.1) -> None:
        probability("p", p)
        model = tokenizer.to_dict()["model"]
        if model["type"] != "WordPiece":
            raise ValueError(f"tokenizer must be one of WordPiece, got one of {model['type']}")
        self.tokenizer, self.p = tokenizer, p
        self._prefix: str = model["continuing_subword_prefix"]
        self._ids: dict[str, int] = model["vocab"]
        self._names = tokenizer.token_strings()
        self._whole = {*tokenizer.added_tokens, self._ids[model["unk_token"]]}
        self._begins: dict[str, list[tuple[int, int]]] = {}

    def __call__(self, rows: Rows, random: Random) -> list[list[int]]:
        """Give the rows in other pieces: each text's tokens, as many as they come to be.

        Args:
            rows: each text's tokens.
            random: the draws of the texts, or a generator.
        """
        draws = as_draws(random, len(rows))
        written = [list(self._words(row)) for row in rows]
        most = max((sum(len(word) for word, _ in words) for words in written), default=0)
        # Streams of their own: how long the longest row is must not move what is drawn later.
        chance = draws.take(np.arange(len(rows))).uniform((most,))
        passed = np.full(chance.shape, most * int(self.p))  # all of them where p is 1
        if 0 < self.p < 1:
            passed = (np.log1p(-chance) // np.log(self.p)).astype(np.int64)
        skips: list[list[int]] = passed.tolist()
        pairs = zip(written, skips, strict=True)
        return [list(self._split(words, iter(some))) for words, some in pairs]

    def _words(self, row: Sequence[int]) -> Iterator[tuple[str, list[int]]]:
        """Each word without prefixes, and the tokens that it was written in."""
        word, tokens = "", list[int]()
        for token in row:
            name = self._names[token]
            inside = name.startswith(self._prefix) and token not in self._whole
            if inside and word:
                word += name.removeprefix(self._prefix)
                tokens.append(token)
                continue
            if tokens:
                yield word, tokens
            word, tokens = ("" if token in self._whole or inside else name), [token]
        if tokens:
            yield word, tokens

    def _split(
        self, words: Sequence[tuple[str, list[int]]], passed: Iterator[int]
    ) -> Iterator[int]:
        for word, tokens in words:
            rest = word
            if not rest:
                yield from tokens
            while rest:
                ways = self._ways(rest, inside=len(rest) < len(word))
                token, length = ways[min(next(passed), len(ways) - 1)]
                yield token
                rest = rest[length:]

    def _ways(self, rest: str, inside: bool) -> list[tuple[int, int]]:
        """The pieces that the rest of a word may go on with, the longest first: id and length."""
        name = self._prefix + rest if inside else rest
        if name not in self._begins:
            begin = len(name) - len(rest)
            self._begins[name] = [
                (self._ids[name[:end]], end - begin)
                for end in range(len(name), begin, -1)
                if name[:end] in self._ids
                and (end == len(name) or self._ways(name[end:], inside=True))
            ]
        return self._begins[name]
