"""The unigram model: of all ways to write a word in tokens, the most probable one.

Source: Kudo, "Subword Regularization", 2018, §3.2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from nt_data._errors import TokenizerError
from nt_data.tokenizers._fields import Fields
from nt_data.tokenizers._models import Model, Token

__all__ = ["UNKNOWN_PENALTY", "Unigram", "prefix_table"]

UNKNOWN_PENALTY = 10.0  # how much worse than the rarest token an unknown character is


class Unigram(Model):
    """Tokens with their log probabilities.

    Args:
        pieces: (token, log probability), in the order of the ids.
        unk: the id for what no token covers, or None.
        byte_fallback: whether that is written as its bytes, `<0x0A>`, if all are tokens.
    """

    def __init__(
        self, pieces: Sequence[tuple[str, float]], unk: int | None, *, byte_fallback: bool = False
    ) -> None:
        self.pieces = pieces
        self.vocab = {token: i for i, (token, _) in enumerate(pieces)}
        self.names = dict(enumerate(token for token, _ in pieces))
        self.size = len(pieces)
        self.unk = unk
        self.byte_fallback = byte_fallback
        self._entries = prefix_table(
            {token: (pieces[i][1], i) for token, i in self.vocab.items() if token}
        )
        self._unknown = min((score for _, score in pieces), default=0.0) - UNKNOWN_PENALTY

    @classmethod
    def make(cls, spec: Fields) -> Unigram:
        """Read the model from a tokenizer file."""
        pieces: list[tuple[str, float]] = []
        for place, entry in enumerate(spec.list("vocab")):
            if not _is_piece(entry):
                raise TokenizerError(
                    f"{spec.where}.vocab[{place}] is {entry!r}, not a token and its score"
                )
            pieces.append((entry[0], float(entry[1])))
        unk = spec.optional_count("unk_id")
        if unk is not None and unk >= len(pieces):
            raise spec.refuse("unk_id", f"below the {len(pieces)} tokens of the vocabulary")
        return cls(pieces, unk, byte_fallback=spec.flag("byte_fallback", default=False))

    def tokenize(self, word: str) -> list[Token]:
        tokens: list[Token] = []
        for start, stop in self._path(word):
            part = word[start:stop]
            if (i := self.vocab.get(part)) is None:
                if self.byte_fallback:
                    names = [f"<0x{byte:02X}>" for byte in part.encode()]
                    if all(name in self.vocab for name in names):
                        tokens += [(self.vocab[name], name, start, stop) for name in names]
                        continue
                i = self._unk(part)
            tokens.append((i, part, start, stop))
        return tokens

    def _path(self, word: str) -> list[tuple[int, int]]:
        """Give the parts of the best way; neighbouring unknown characters are one part."""
        entries = self._entries
        length = len(word)
        best = [0.0] * (length + 1)  # log probability of the best way to each place
        come = [-1] * (length + 1)  # where its last token begins
        ids = [0] * (length + 1)
        for start in range(length):
            base = best[start]
            single = False
            stop = start + 1
            while (
                stop <= length
                and (entry := entries.get(word[start:stop], _NO_PREFIX)) is not _NO_PREFIX
            ):
                if entry is not None:
                    score = base + entry[0]
                    if come[stop] < 0 or score > best[stop]:
                        best[stop], come[stop], ids[stop] = score, start, entry[1]
                    single = single or stop == start + 1
                stop += 1
            if not single:
                score = base + self._unknown
                stop = start + 1
                if come[stop] < 0 or score > best[stop]:
                    best[stop], come[stop], ids[stop] = score, start, self._unk(word[start])
        parts: list[tuple[int, int]] = []
        stop = length
        before = False  # whether the part behind is unknown
        while stop > 0:
            start = come[stop]
            unknown = ids[stop] == self.unk
            if unknown and before:
                parts[-1] = start, parts[-1][1]
            else:
                parts.append((start, stop))
            before = unknown
            stop = start
        return parts[::-1]

    def _unk(self, part: str) -> int:
        if self.unk is None:
            raise TokenizerError(f"no token covers {part!r}, and the model has no unk_id")
        return self.unk


def _is_piece(entry: object) -> bool:
    if not isinstance(entry, list) or len(entry) != 2 or not isinstance(entry[0], str):
        return False
    number = isinstance(entry[1], int | float) and not isinstance(entry[1], bool)
    return number and math.isfinite(entry[1])


_NO_PREFIX = (0.0, -1)


def prefix_table(
    entries: dict[str, tuple[float, int]],
) -> dict[str, tuple[float, int] | None]:
    """Add every beginning of a token, so that a search knows when to give up.

    Example:
        >>> prefix_table({"abc": (-1.0, 0)})
        {'a': None, 'ab': None, 'abc': (-1.0, 0)}
    """
    table: dict[str, tuple[float, int] | None] = {}
    for token in entries:
        for stop in range(1, len(token)):
            table.setdefault(token[:stop], None)
        table[token] = entries[token]
    return table
