"""Where a text is cut into words, which are then tokenized on their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

import regex

from nt_data._errors import TokenizerError
from nt_data.tokenizers._aligned import Aligned
from nt_data.tokenizers._fields import Fields
from nt_data.tokenizers._gpt2_pattern import piece_spans
from nt_data.tokenizers._normalizers import BYTE_LEVEL, make_pattern
from nt_data.tokenizers._oniguruma import Finder
from nt_data.tokenizers._splits import (
    BEHAVIORS,
    Behavior,
    Span,
    isolated,
    merged_with_next,
    removed,
)
from nt_data.tokenizers._unicode8 import PUNCTUATION, SPACE, regex_class

__all__ = ["ByteLevel", "PreTokenizer", "Split", "make_pre_tokenizer"]


class PreTokenizer:
    """Three steps: a change of the text, the cut, a change of each word; by default none."""

    from_original = False  # whether `before` asks where in the original a piece begins

    def before(self, text: Aligned) -> None:
        """Change the text before it is cut."""

    def spans(self, text: str) -> Iterable[Span]:
        """Say where the words are; empty ones do not count."""
        return [(0, len(text))]

    def after(self, word: str) -> str:
        """Give what the model sees of a word."""
        return word

    def finish(self, word: Aligned) -> None:
        """Do what `after` does where offsets are wanted."""

    def stages(self) -> list[PreTokenizer]:
        """Give the steps of a sequence one by one."""
        return [self]


class _Sequence(PreTokenizer):
    """One after the other, each on the words of the one before."""

    def __init__(self, parts: Sequence[PreTokenizer]) -> None:
        self.parts = parts

    def stages(self) -> list[PreTokenizer]:
        return [stage for part in self.parts for stage in part.stages()]


class Split(PreTokenizer):
    """At what is found, or at what is not."""

    def __init__(self, find: Finder, behavior: Behavior, *, invert: bool = False) -> None:
        self.find = find
        self.behavior = behavior
        self.invert = invert

    def spans(self, text: str) -> Iterable[Span]:
        return self.behavior(_with_gaps(self.find(text), len(text), self.invert))


class ByteLevel(PreTokenizer):
    """GPT-2's words, in its names for bytes."""

    def __init__(self, *, prefix_space: bool, cut: bool) -> None:
        self.prefix_space = prefix_space
        self.cut = cut

    def before(self, text: Aligned) -> None:
        if self.prefix_space and not text.text.startswith(" "):
            text.prepend(" ")

    def spans(self, text: str) -> Iterable[Span]:
        return piece_spans(text) if self.cut else [(0, len(text))]

    def after(self, word: str) -> str:
        return word.translate(BYTE_LEVEL)

    def finish(self, word: Aligned) -> None:
        word.translate(BYTE_LEVEL)


class _Metaspace(PreTokenizer):
    """Spaces become a visible character, with which a word begins."""

    def __init__(self, replacement: str, scheme: str, *, cut: bool) -> None:
        self.replacement = replacement
        self.scheme = scheme
        self.cut = cut
        self.from_original = scheme == "first"

    def before(self, text: Aligned) -> None:
        if " " in text.text:
            text.text = text.text.replace(" ", self.replacement)
        first = self.scheme == "always" or (self.scheme == "first" and text.origin == 0)
        if first and not text.text.startswith(self.replacement):
            text.prepend(self.replacement)

    def spans(self, text: str) -> Iterable[Span]:
        if not self.cut:
            return [(0, len(text))]
        marks = ((m.start(), m.end()) for m in re.finditer(re.escape(self.replacement), text))
        return merged_with_next(_with_gaps(marks, len(text), False))


class _FixedLength(PreTokenizer):
    """Words of equal length."""

    def __init__(self, length: int) -> None:
        self.length = length

    def spans(self, text: str) -> Iterable[Span]:
        cuts = [*range(0, len(text), self.length), len(text)]
        return pairwise(cuts)


def _with_gaps(found: Iterable[Span], length: int, invert: bool) -> Iterator[tuple[Span, bool]]:
    """Give what is found and what lies between, and which of the two it is."""
    last = 0
    for start, stop in found:
        if last != start:
            yield (last, start), invert
        yield (start, stop), not invert
        last = stop
    if last != length:
        yield (last, length), invert


def _matches(pattern: re.Pattern[str]) -> Finder:
    def find(text: str) -> Iterator[Span]:
        return (match.span() for match in pattern.finditer(text))

    return find


# The classes of Rust's `regex` and of its `char`; `regex` has Unicode's numbers and words.
_SPACES = _matches(re.compile(f"[{regex_class(SPACE)}]"))
_PUNCTUATION = _matches(re.compile(f"[{regex_class(PUNCTUATION)}]"))
_NUMERIC = _matches(regex.compile(r"\p{N}"))
_WORDS = _matches(regex.compile(r"\w+|[^\w\p{White_Space}]+"))


def _digits(spec: Fields) -> PreTokenizer:
    single = spec.flag("individual_digits")
    return Split(_NUMERIC, isolated if single else BEHAVIORS["Contiguous"])


def _metaspace(spec: Fields) -> PreTokenizer:
    schemes = {"always": "always", "first": "first", "never": "never"}
    scheme = spec.one_of("prepend_scheme", schemes, "always")
    if spec.get("add_prefix_space", None) is not None and not spec.flag("add_prefix_space"):
        if "prepend_scheme" in spec.values and scheme != "never":
            raise spec.refuse("add_prefix_space", f"true, as prepend_scheme {scheme!r} asks")
        scheme = "never"
    cut = spec.get("split", None) is None or spec.flag("split")
    return _Metaspace(spec.character("replacement"), scheme, cut=cut)


def _split(spec: Fields) -> PreTokenizer:
    behavior = spec.one_of("behavior", BEHAVIORS)
    return Split(make_pattern(spec), behavior, invert=spec.flag("invert"))


def _delimiter(spec: Fields) -> PreTokenizer:
    return Split(_matches(re.compile(re.escape(spec.character("delimiter")))), removed)


def _fixed(spec: Fields) -> PreTokenizer:
    if spec.count("length", 5) == 0:
        raise spec.refuse("length", "at least 1")
    return _FixedLength(spec.count("length", 5))


def _byte_level(spec: Fields) -> PreTokenizer:
    spec.flag("trim_offsets")
    return ByteLevel(
        prefix_space=spec.flag("add_prefix_space"), cut=spec.flag("use_regex", default=True)
    )


def _sequence(spec: Fields) -> PreTokenizer:
    return _Sequence([make_pre_tokenizer(one) for one in spec.objects("pretokenizers")])


def _bert(_: Fields) -> PreTokenizer:
    return _Sequence([Split(_SPACES, removed), Split(_PUNCTUATION, isolated)])


def _punctuation(spec: Fields) -> PreTokenizer:
    return Split(_PUNCTUATION, spec.one_of("behavior", BEHAVIORS, "Isolated"))


_MAKERS: dict[str, Callable[[Fields], PreTokenizer]] = {
    "BertPreTokenizer": _bert,
    "ByteLevel": _byte_level,
    "CharDelimiterSplit": _delimiter,
    "Delimiter": _delimiter,
    "Digits": _digits,
    "FixedLength": _fixed,
    "Metaspace": _metaspace,
    "Punctuation": _punctuation,
    "Sequence": _sequence,
    "Split": _split,
    "Whitespace": lambda _: Split(_WORDS, removed, invert=True),
    "WhitespaceSplit": lambda _: Split(_SPACES, removed),
}


def make_pre_tokenizer(spec: Fields) -> PreTokenizer:
    """Make the pre-tokenizer that a tokenizer file describes.

    Raises:
        TokenizerError: it is of an unknown kind, or a field is missing or wrong.
    """
    if spec.kind not in _MAKERS:
        raise TokenizerError(
            f"{spec.where} is of the unknown type {spec.kind!r}; known: {', '.join(_MAKERS)}"
        )
    return _MAKERS[spec.kind](spec)
