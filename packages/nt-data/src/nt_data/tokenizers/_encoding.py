"""What a text becomes: its ids, and beside each id where it came from and what it is for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from nt_data._errors import TokenizerError

__all__ = ["BatchEncoding", "Encoding"]

Span = tuple[int, int]


@dataclass(slots=True)
class Encoding:
    """The tokens of a text, or of a pair of texts, in lists of one length.

    Args:
        ids: the ids.
        tokens: their names.
        offsets: from which character of the text to which each token goes; (0, 0) where a token
            stands for no text.
        type_ids: 0 for a first text, 1 for a second, if the tokenizer does it in that way.
        attention_mask: 1 for tokens, 0 for padding.
        special_tokens_mask: 1 for what was added to the text: `[CLS]`, padding.
        word_ids: which word (piece before the model) of its text a token belongs to; None if none.
        overflowing: what truncation cut off, in further encodings.

    Example:
        >>> from nt_data.tokenizers import BPETokenizer
        >>> encoding = BPETokenizer.train("the the hat", 259)("a the")
        >>> encoding.tokens, encoding.offsets, encoding.attention_mask
        (['a', 'Ġ', 'the'], [(0, 1), (1, 2), (2, 5)], [1, 1, 1])
    """

    ids: list[int] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    offsets: list[Span] = field(default_factory=list)
    type_ids: list[int] = field(default_factory=list)
    attention_mask: list[int] = field(default_factory=list)
    special_tokens_mask: list[int] = field(default_factory=list)
    word_ids: list[int | None] = field(default_factory=list)
    overflowing: list[Encoding] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def _of(
        cls,
        ids: list[int],
        tokens: list[str],
        offsets: list[Span],
        word_ids: Sequence[int | None],
        *,
        type_id: int,
        attended: int = 1,
        special: int = 0,
    ) -> Encoding:
        count = len(ids)
        return cls(
            ids, tokens, offsets, [type_id] * count, [attended] * count, [special] * count,
            list(word_ids),
        )  # fmt: skip

    @classmethod
    def _added(
        cls, ids: Sequence[int], tokens: Sequence[str], *, type_id: int, attended: int = 1
    ) -> Encoding:
        """Make the encoding of tokens that stand for no text."""
        return cls._of(
            list(ids), list(tokens), [(0, 0)] * len(ids), [None] * len(ids),
            type_id=type_id, attended=attended, special=1,
        )  # fmt: skip

    def _part(self, start: int, stop: int) -> Encoding:
        return Encoding(*(getattr(self, name)[start:stop] for name in _LISTS))

    def _joined(self, other: Encoding) -> Encoding:
        """Put another behind this one; each overflowing part with each."""
        parts = [one._joined(two) for one in self.overflowing for two in _all(other)]
        parts += [self._part(0, len(self))._joined(two) for two in other.overflowing]
        whole = Encoding(*(getattr(self, name) + getattr(other, name) for name in _LISTS))
        whole.overflowing = parts
        return whole

    def _truncate(self, length: int, stride: int, side: Literal["left", "right"]) -> None:
        """Keep `length` tokens; the others overflow into parts that share `stride` tokens."""
        count = len(self)
        if length >= count:
            return
        if length == 0:
            whole = self._part(0, count)
            whole.overflowing = self.overflowing
            self._become(Encoding(overflowing=[whole]))
            return
        if stride >= length:
            raise TokenizerError(
                f"truncation: stride ({stride}) must be below the {length} tokens that are left "
                "of max_length for the text"
            )
        step = length - stride
        if side == "right":
            spans = [(start, min(start + length, count)) for start in range(0, count, step)]
            enough = next(i for i, (_, stop) in enumerate(spans) if stop == count)
        else:
            spans = [(max(0, stop - length), stop) for stop in range(count, 0, -step)]
            enough = next(i for i, (start, _) in enumerate(spans) if start == 0)
        parts = [self._part(*span) for span in spans[: enough + 1]]
        parts[0].overflowing = parts[1:]
        self._become(parts[0])

    def _pad(self, length: int, filler: Encoding, side: Literal["left", "right"]) -> None:
        """Fill this and what overflowed up to `length` with copies of one token's encoding."""
        for part in self.overflowing:
            part._pad(length, filler, side)
        missing = length - len(self)
        for name in _LISTS if missing > 0 else ():
            mine, more = getattr(self, name), getattr(filler, name) * missing
            setattr(self, name, more + mine if side == "left" else mine + more)

    def _become(self, other: Encoding) -> None:
        for one in fields(self):
            setattr(self, one.name, getattr(other, one.name))


_LISTS = [one.name for one in fields(Encoding) if one.name != "overflowing"]


def _all(encoding: Encoding) -> list[Encoding]:
    return [encoding._part(0, len(encoding)), *encoding.overflowing]


class BatchEncoding(Sequence[Encoding]):
    """The encodings of several texts, and their lists as arrays if they are of one length.

    Example:
        >>> from nt_data.tokenizers import BPETokenizer, Padding
        >>> tokenizer = BPETokenizer.train("the the hat", 259)
        >>> batch = tokenizer.encode_batch(["the", "a hat"], padding=Padding(pad_id=0))
        >>> batch.input_ids.shape, batch.attention_mask.tolist()
        ((2, 5), [[1, 0, 0, 0, 0], [1, 1, 1, 1, 1]])
        >>> batch[0].tokens[:2]
        ['the', '[PAD]']
    """

    def __init__(self, encodings: Sequence[Encoding]) -> None:
        self.encodings = list(encodings)

    def __len__(self) -> int:
        return len(self.encodings)

    @overload
    def __getitem__(self, index: int) -> Encoding: ...
    @overload
    def __getitem__(self, index: slice) -> BatchEncoding: ...
    def __getitem__(self, index: int | slice) -> Encoding | BatchEncoding:
        if isinstance(index, slice):
            return BatchEncoding(self.encodings[index])
        return self.encodings[index]

    def __iter__(self) -> Iterator[Encoding]:
        return iter(self.encodings)

    @property
    def input_ids(self) -> NDArray[np.int64]:
        """The ids, (batch, time).

        Raises:
            TokenizerError: the encodings differ in length; give `padding`.
        """
        return self._stacked("ids")

    @property
    def attention_mask(self) -> NDArray[np.int64]:
        """1 for tokens, 0 for padding, (batch, time)."""
        return self._stacked("attention_mask")

    @property
    def token_type_ids(self) -> NDArray[np.int64]:
        """Which text of a pair each token belongs to, (batch, time)."""
        return self._stacked("type_ids")

    @property
    def special_tokens_mask(self) -> NDArray[np.int64]:
        """1 for what was added to the text, (batch, time)."""
        return self._stacked("special_tokens_mask")

    def _stacked(self, name: str) -> NDArray[np.int64]:
        lengths = {len(encoding) for encoding in self.encodings}
        if len(lengths) > 1:
            raise TokenizerError(
                f"the encodings of a batch have from {min(lengths)} to {max(lengths)} tokens and "
                "make no array; give encode_batch padding=Padding(...)"
            )
        rows: list[Any] = [getattr(encoding, name) for encoding in self.encodings]
        return np.array(rows, np.int64).reshape(len(rows), max(lengths, default=0))
