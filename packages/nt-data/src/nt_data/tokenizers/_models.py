"""What a model is to the tokenizer: a vocabulary, and a way to cut a word into its tokens."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from nt_data.tokenizers._decoders import Decoder
from nt_data.tokenizers._normalizers import Normalizer

__all__ = ["Model", "Token", "names_of"]

Token = tuple[int, str, int, int]  # id, name, and the characters of the word from where to where


class Model(ABC):
    """A vocabulary, and how a word is written with it."""

    vocab: Mapping[str, int]  # token -> id
    names: Mapping[int, str]  # id -> token
    size: int  # how many tokens the model itself has
    normalizer: Normalizer | None = None  # one that the model brings along, where none is given
    decoder: Decoder | None = None  # likewise

    @abstractmethod
    def tokenize(self, word: str) -> list[Token]:
        """Write a word, which is never empty, in tokens."""

    def ids(self, word: str) -> Sequence[int]:
        """Give the tokens' ids alone."""
        return [token[0] for token in self.tokenize(word)]


def names_of(vocab: Mapping[str, int]) -> dict[int, str]:
    """Turn a vocabulary round."""
    return {i: token for token, i in vocab.items()}
