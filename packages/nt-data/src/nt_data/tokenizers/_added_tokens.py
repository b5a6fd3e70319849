"""Tokens that are found in the text itself, before any model sees it: `[MASK]`, `<|endoftext|>`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import regex

from nt_data.tokenizers._aligned import Aligned
from nt_data.tokenizers._fields import Fields
from nt_data.tokenizers._models import Model
from nt_data.tokenizers._normalizers import Normalizer
from nt_data.tokenizers._unicode8 import SPACE

__all__ = ["AddedToken", "AddedTokens"]

Piece = tuple[int | None, Aligned]  # an added token's id, or None for what is to be tokenized


@dataclass(frozen=True)
class AddedToken:
    """A token that stands for itself wherever its name is found.

    Args:
        content: its name.
        single_word: whether it counts only where no letter touches it.
        lstrip: whether it takes the white space before it.
        rstrip: whether it takes the white space behind it.
        normalized: whether it is looked for in the normalized text.
        special: whether decoding can leave it out.

    Example:
        >>> from nt_data.tokenizers import BPETokenizer
        >>> tokenizer = BPETokenizer.train("", 256, special_tokens=())
        >>> tokenizer.add_tokens([AddedToken("[MASK]", lstrip=True, special=True)])
        >>> tokenizer("a  [MASK]").tokens
        ['a', '  [MASK]']
    """

    content: str
    single_word: bool = False
    lstrip: bool = False
    rstrip: bool = False
    normalized: bool = False
    special: bool = False

    def _spec(self, i: int) -> dict[str, Any]:
        return {
            "id": i, "content": self.content, "single_word": self.single_word,
            "lstrip": self.lstrip, "rstrip": self.rstrip, "normalized": self.normalized,
            "special": self.special,
        }  # fmt: skip

    @classmethod
    def _from_spec(cls, spec: Fields) -> AddedToken:
        spec.count("id")
        return cls(
            spec.text("content"),
            spec.flag("single_word"),
            spec.flag("lstrip"),
            spec.flag("rstrip"),
            spec.flag("normalized"),
            spec.flag("special"),
        )


class AddedTokens:
    """The added tokens of a tokenizer, their ids, and the search for them.

    A token that the model has keeps the model's id; the others are numbered on from the model's
    size, as the library `tokenizers` does it, whatever id a file states. As there, a token that is
    looked for in the normalized text is decoded as it stands in that.
    """

    def __init__(self, tokens: Iterable[AddedToken], model: Model, normalizer: Normalizer | None):
        self.by_id: dict[int, AddedToken] = {}
        self.ids: dict[str, int] = {}
        self.special: set[str] = set()
        following = model.size
        for token in tokens:
            if not token.content:
                continue
            i = self.ids.get(token.content, model.vocab.get(token.content))
            if i is None:
                i = following
                following += 1
            self.ids[token.content] = i
            self.by_id[i] = token
            if token.special:
                self.special.add(token.content)
        self.written = {i: token.content for i, token in self.by_id.items()}
        plain: dict[str, int] = {}
        normal: dict[str, int] = {}
        for i, token in self.by_id.items():
            if not token.normalized:
                plain[token.content] = i
                continue
            content = Aligned.of(token.content, tracked=False)
            if normalizer is not None:
                normalizer.normalize(content)
            if content.text:
                normal[content.text] = i
            self.written[i] = content.text
        self._plain = _Search(plain, self.by_id)
        self._normal = _Search(normal, self.by_id)

    def extract(
        self, text: Aligned, normalizer: Normalizer | None, *, special: bool = True
    ) -> list[Piece]:
        """Cut the added tokens out (`special` says if special ones too), normalize what is left."""
        found: list[Piece] = []
        for i, piece in self._plain.cut(text, special):
            if i is not None:
                found.append((i, piece))
                continue
            if normalizer is not None:
                normalizer.normalize(piece)
            found += self._normal.cut(piece, special)
        return [(i, piece) for i, piece in found if piece.text]


class _Search:
    """Finds names in a text: the leftmost, and of those the longest."""

    def __init__(self, names: dict[str, int], tokens: dict[int, AddedToken]) -> None:
        self.names = names
        self.tokens = tokens
        longest_first = sorted(names, key=len, reverse=True)
        self.pattern = re.compile("|".join(map(re.escape, longest_first))) if names else None

    def cut(self, text: Aligned, special: bool) -> Sequence[Piece]:
        if self.pattern is None or not (matches := list(self.pattern.finditer(text.text))):
            return [(None, text)]
        pieces: list[Piece] = []
        last = 0
        whole = text.text
        for match in matches:
            i = self.names[match[0]]
            token = self.tokens[i]
            start, stop = match.span()
            if token.special and not special:
                continue
            if token.single_word and not _alone(whole, start, stop):
                continue
            while token.lstrip and start > last and whole[start - 1] in SPACE:
                start -= 1
            if token.lstrip:
                start = max(start, last)
            while token.rstrip and stop < len(whole) and whole[stop] in SPACE:
                stop += 1
            if last < start:
                pieces.append((None, text.slice(last, start)))
            pieces.append((i, text.slice(start, stop)))
            last = stop
        if last != len(whole):
            pieces.append((None, text.slice(last, len(whole))))
        return pieces


def _alone(text: str, start: int, stop: int) -> bool:
    before = start > 0 and _WORD.match(text[start - 1])
    behind = stop < len(text) and _WORD.match(text[stop])
    return not before and not behind


_WORD = regex.compile(r"\w")
