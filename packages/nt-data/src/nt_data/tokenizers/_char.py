"""One token a character: the smallest vocabulary that a text can have."""

from __future__ import annotations

import sys
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from nt_data._errors import TokenizerError
from nt_data.tokenizers._given import check_text
from nt_data.tokenizers._model_words import WordLevel
from nt_data.tokenizers._tokenizer import Ids, Tokenizer

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
    model: WordLevel

    def __init__(self, characters: str, *, unknown: str | None = None) -> None:
        if not characters:
            raise TokenizerError("the alphabet is empty: a tokenizer needs at least one character")
        if len(set(characters)) != len(characters):
            twice = next(c for i, c in enumerate(characters) if c in characters[:i])
            raise TokenizerError(f"character {twice!r} occurs twice in the alphabet")
        tokens = [*characters, *([] if unknown is None else [unknown])]
        if unknown is not None and (not unknown or unknown in characters):
            raise TokenizerError(f"unknown ({unknown!r}) must be a name that no character has")
        super().__init__(
            {
                "pre_tokenizer": PRE_TOKENIZER,
                "decoder": {"type": "Fuse"},
                "model": {
                    "type": "WordLevel",
                    "vocab": {token: i for i, token in enumerate(tokens)},
                    "unk_token": unknown or "",
                },
            }
        )

    @classmethod
    def train(cls, text: str, *, unknown: str | None = None) -> CharTokenizer:
        """Take the alphabet from a text.

        Raises:
            TokenizerError: `text` is empty.

        Example:
            >>> CharTokenizer.train("banana").characters
            'abn'
        """
        return cls("".join(sorted(set(text))), unknown=unknown)

    @property
    def unknown(self) -> str | None:
        """The name of the unknown token, or None."""
        return self.model.unk_token or None

    @cached_property
    def characters(self) -> str:
        """The alphabet, in the order of the ids."""
        names = self.model.names
        return "".join(names[i] for i in sorted(names) if names[i] != self.unknown)

    def encode(
        self,
        text: str,
        pair: str | None = None,
        *,
        add_special_tokens: bool = True,
        special: bool = True,
    ) -> Ids:
        """Turn text into ids, one a character; any `str` will do, lone surrogates included.

        Raises:
            TokenizerError: a character is not in the alphabet and no `unknown` is named.
            TypeError: `text` or `pair` is no string.

        Example:
            >>> CharTokenizer("abn").encode("banana")
            array([1, 0, 2, 0, 2, 0], dtype=uint8)
        """
        if pair is not None or self._added.by_id or self.truncation or self.padding:
            return super().encode(
                text, pair, add_special_tokens=add_special_tokens, special=special
            )
        check_text("text", text)
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
            ids[missing] = self.model.vocab[self.unknown]
        return ids.astype(self.dtype)

    @cached_property
    def _id_of(self) -> NDArray[np.int32]:
        # One slot a code point: a text is encoded by a single gather. -1 marks unknown characters.
        points = _code_points(self.characters)
        table = np.full(int(points.max()) + 2, -1, np.int32)
        table[points] = [self.model.vocab[character] for character in self.characters]
        return table


PRE_TOKENIZER: dict[str, Any] = {
    "type": "Split", "pattern": {"Regex": r"[\s\S]"}, "behavior": "Isolated", "invert": False,
}  # fmt: skip


def _code_points(text: str) -> NDArray[np.uint32]:
    order = "utf-32-le" if sys.byteorder == "little" else "utf-32-be"
    return np.frombuffer(text.encode(order, "surrogatepass"), np.uint32)
