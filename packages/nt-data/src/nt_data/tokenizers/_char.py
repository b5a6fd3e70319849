"""One token a character: the smallest vocabulary that a text can have."""

from __future__ import annotations

import sys
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nt_data._errors import TokenizerError
from nt_data.tokenizers._base import Ids, Tokenizer

__all__ = ["CharTokenizer"]


class CharTokenizer(Tokenizer):
    """Each character is a token; ids follow the order of the code points, as in nanoGPT.

    Args:
        characters: the alphabet; its characters must differ. Character `i` of it gets id `i`.
        unknown: a name such as `"<unk>"` for one more token, the last id, that stands for every
            other character. Without it, an unknown character is an error. It decodes to its name.

    Raises:
        TokenizerError: the alphabet is empty or repeats a character.

    Example:
        >>> tokenizer = CharTokenizer.train("hello world")
        >>> tokenizer.vocab_size, tokenizer.encode("hold")
        (8, array([3, 5, 4, 1], dtype=uint8))
        >>> tokenizer.decode([3, 5, 4, 1])
        'hold'
        >>> CharTokenizer("ab", unknown="<unk>").encode("abc")
        array([0, 1, 2], dtype=uint8)
    """

    kind: ClassVar[str] = "char"
    characters: str  # the alphabet, in the order of the ids
    unknown: str | None

    def __init__(self, characters: str, *, unknown: str | None = None) -> None:
        if not characters:
            raise TokenizerError("the alphabet is empty: a tokenizer needs at least one character")
        if len(set(characters)) != len(characters):
            twice = next(c for i, c in enumerate(characters) if c in characters[:i])
            raise TokenizerError(f"character {twice!r} occurs twice in the alphabet")
        self.characters = characters
        self.unknown = unknown
        points = _code_points(characters)
        # One slot a code point: a text is encoded by a single gather. -1 marks unknown characters.
        self._id_of = np.full(int(points.max()) + 2, -1, np.int32)
        self._id_of[points] = np.arange(len(points))

    @classmethod
    def train(cls, text: str, *, unknown: str | None = None) -> CharTokenizer:
        """Take the alphabet from a text.

        Example:
            >>> CharTokenizer.train("banana").characters
            'abn'
        """
        return cls("".join(sorted(set(text))), unknown=unknown)

    @property
    def vocab_size(self) -> int:
        """How many ids there are: the characters, and one more if `unknown` is named."""
        return len(self.characters) + (self.unknown is not None)

    def encode(self, text: str) -> Ids:
        """Turn text into ids, one a character; any `str` will do, lone surrogates included.

        Raises:
            TokenizerError: a character is not in the alphabet and no `unknown` is named.

        Example:
            >>> CharTokenizer("abn").encode("banana")
            array([1, 0, 2, 0, 2, 0], dtype=uint8)
        """
        points = _code_points(text)
        ids = self._id_of[np.minimum(points, len(self._id_of) - 1)]
        missing = ids < 0
        if missing.any():
            if self.unknown is None:
                place = int(np.argmax(missing))
                raise TokenizerError(
                    f"character {text[place]!r} (U+{ord(text[place]):04X}) at position {place} "
                    f"is not among the {len(self.characters)} characters of this tokenizer; "
                    'name an unknown token (unknown="<unk>") or use byte-level BPE'
                )
            ids[missing] = len(self.characters)
        return ids.astype(self.dtype)

    def decode(self, ids: ArrayLike) -> str:
        """Turn ids back into text.

        Raises:
            TokenizerError: an id is outside the vocabulary.

        Example:
            >>> CharTokenizer("abn").decode([1, 0, 2])
            'ban'
        """
        return "".join(map(self.token_strings().__getitem__, self._checked_ids(ids).tolist()))

    def token_strings(self) -> list[str]:
        """Name every token, in the order of the ids.

        Example:
            >>> CharTokenizer("ab", unknown="?").token_strings()
            ['a', 'b', '?']
        """
        return [*self.characters, *([] if self.unknown is None else [self.unknown])]

    def _fields(self) -> dict[str, Any]:
        return {"characters": self.characters, "unknown": self.unknown}

    @classmethod
    def _from_fields(cls, fields: dict[str, Any]) -> CharTokenizer:
        characters, unknown = fields["characters"], fields["unknown"]
        if not isinstance(characters, str) or not isinstance(unknown, str | None):
            raise TokenizerError("characters and unknown must be strings")
        return cls(characters, unknown=unknown)


def _code_points(text: str) -> NDArray[np.uint32]:
    order = "utf-32-le" if sys.byteorder == "little" else "utf-32-be"
    return np.frombuffer(text.encode(order, "surrogatepass"), np.uint32)
