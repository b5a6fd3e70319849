"""Bringing encodings to a length: truncation of what is too long, padding of what is too short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from nt_data._errors import TokenizerError
from nt_data.tokenizers._encoding import Encoding
from nt_data.tokenizers._fields import Fields

__all__ = ["Padding", "Truncation"]

Side = Literal["left", "right"]
_SIDES = {"Left": "left", "Right": "right"}
_STRATEGIES = {
    "LongestFirst": "longest_first",
    "OnlyFirst": "only_first",
    "OnlySecond": "only_second",
}


@dataclass(frozen=True)
class Truncation:
    """How texts that are too long are cut.

    Args:
        max_length: how many tokens are left, special tokens included.
        stride: how many tokens the parts that are cut off share with the part before.
        strategy: which text of a pair is cut: `longest_first` (the longer one until both are
            equally long, then both), `only_first` or `only_second`.
        direction: at which end.

    Example:
        >>> from nt_data.tokenizers import BPETokenizer
        >>> tokenizer = BPETokenizer.train("", 256, special_tokens=())
        >>> encoding = tokenizer("abcdef", truncation=Truncation(4, stride=1))
        >>> encoding.tokens, [part.tokens for part in encoding.overflowing]
        (['a', 'b', 'c', 'd'], [['d', 'e', 'f']])
    """

    max_length: int
    stride: int = 0
    strategy: Literal["longest_first", "only_first", "only_second"] = "longest_first"
    direction: Side = "right"

    def __post_init__(self) -> None:
        if self.max_length < 0 or self.stride < 0:
            raise TokenizerError(
                f"max_length ({self.max_length}) and stride ({self.stride}) must be at least 0"
            )
        _check_choice("strategy", self.strategy, _STRATEGIES.values())
        _check_choice("direction", self.direction, _SIDES.values())

    def _apply(self, encodings: Sequence[Encoding], added: int) -> None:
        """Cut one encoding or two so that there is room for `added` tokens more."""
        room = self.max_length - added
        if room < 0:
            raise TokenizerError(
                f"truncation: max_length ({self.max_length}) is below the {added} special tokens "
                "that are added"
            )
        counts = [len(encoding) for encoding in encodings]
        surplus = sum(counts) - room
        if surplus <= 0:
            return
        if room == 0 or (len(encodings) == 1 and self.strategy == "longest_first"):
            lengths = [0] * len(counts) if room == 0 else [room]
        elif self.strategy == "longest_first":
            lengths = _shared(counts, room)
        else:
            lengths = list(counts)
            place = 0 if self.strategy == "only_first" else 1
            if place == len(counts):
                raise TokenizerError("truncation: strategy 'only_second' needs a pair of texts")
            lengths[place] -= surplus
            if lengths[place] <= 0:
                raise TokenizerError(
                    f"truncation: text {place + 1} of the pair has {counts[place]} tokens; cutting "
                    f"it alone cannot bring {sum(counts)} tokens down to {room}"
                )
        for encoding, length in zip(encodings, lengths, strict=True):
            encoding._truncate(length, self.stride, self.direction)

    def _spec(self) -> dict[str, Any]:
        return {
            "direction": self.direction.capitalize(),
            "max_length": self.max_length,
            "strategy": _key_of(_STRATEGIES, self.strategy),
            "stride": self.stride,
        }

    @classmethod
    def _from_spec(cls, spec: Fields | None) -> Truncation | None:
        if spec is None:
            return None
        return cls(
            spec.count("max_length"),
            spec.count("stride"),
            spec.one_of("strategy", _STRATEGIES),
            spec.one_of("direction", _SIDES, "Right"),
        )


@dataclass(frozen=True)
class Padding:
    """How texts that are too short are filled up.

    Args:
        length: to how many tokens; None for those of the longest text of the batch.
        direction: at which end.
        pad_id: the id of the filling token.
        pad_token: its name.
        pad_type_id: its type id.
        pad_to_multiple_of: rounds the length up to a multiple.

    Example:
        >>> from nt_data.tokenizers import BPETokenizer
        >>> tokenizer = BPETokenizer.train("", 257, special_tokens=["[PAD]"])
        >>> tokenizer("ab", padding=Padding(4, direction="left")).ids
        [0, 0, 65, 66]
    """

    length: int | None = None
    direction: Side = "right"
    pad_id: int = 0
    pad_token: str = "[PAD]"
    pad_type_id: int = 0
    pad_to_multiple_of: int | None = None

    def __post_init__(self) -> None:
        if min(self.length or 0, self.pad_to_multiple_of or 0, self.pad_id, self.pad_type_id) < 0:
            raise TokenizerError(f"the numbers of {self} must be at least 0")
        _check_choice("direction", self.direction, _SIDES.values())

    def _apply(self, encodings: Sequence[Encoding]) -> None:
        length = self.length
        if length is None:
            length = max(map(len, encodings), default=0)
        if self.pad_to_multiple_of:
            length += -length % self.pad_to_multiple_of
        filler = Encoding._added(
            [self.pad_id], [self.pad_token], type_id=self.pad_type_id, attended=0
        )
        for encoding in encodings:
            encoding._pad(length, filler, self.direction)

    def _spec(self) -> dict[str, Any]:
        return {
            "strategy": "BatchLongest" if self.length is None else {"Fixed": self.length},
            "direction": self.direction.capitalize(),
            "pad_to_multiple_of": self.pad_to_multiple_of,
            "pad_id": self.pad_id,
            "pad_type_id": self.pad_type_id,
            "pad_token": self.pad_token,
        }

    @classmethod
    def _from_spec(cls, spec: Fields | None) -> Padding | None:
        if spec is None:
            return None
        longest = spec.get("strategy") == "BatchLongest"
        return cls(
            None if longest else spec.object("strategy").count("Fixed"),
            spec.one_of("direction", _SIDES),
            spec.count("pad_id"),
            spec.text("pad_token"),
            spec.count("pad_type_id"),
            spec.optional_count("pad_to_multiple_of"),
        )


def _shared(counts: Sequence[int], room: int) -> list[int]:
    """Give two texts their lengths: cut the longer one, then both to equal shares."""
    short, long = sorted(counts)
    long = short if short > room else max(short, room - short)
    if short + long > room:
        short = room // 2
        long = short + room % 2
    return [long, short] if counts[0] > counts[1] else [short, long]


def _check_choice(name: str, value: str, choices: Any) -> None:
    if value not in choices:
        raise TokenizerError(f"{name} is {value!r}, not one of: {', '.join(choices)}")


def _key_of(table: dict[str, str], value: str) -> str:
    return next(key for key, one in table.items() if one == value)
