"""Models that look words up: whole (WordLevel), or longest pieces first (WordPiece)."""

from __future__ import annotations

from collections.abc import Mapping

from nt_data._errors import TokenizerError
from nt_data.tokenizers._fields import Fields
from nt_data.tokenizers._models import Model, Token, names_of

__all__ = ["WordLevel", "WordPiece"]


class WordLevel(Model):
    """One token a word; every other word is the unknown token."""

    def __init__(self, vocab: Mapping[str, int], unk_token: str) -> None:
        self.vocab = vocab
        self.names = names_of(vocab)
        self.size = len(vocab)
        self.unk_token = unk_token

    @classmethod
    def make(cls, spec: Fields) -> WordLevel:
        """Read the model from a tokenizer file."""
        return cls(spec.vocabulary("vocab"), spec.text("unk_token"))

    def tokenize(self, word: str) -> list[Token]:
        if (i := self.vocab.get(word)) is not None:
            return [(i, word, 0, len(word))]
        return [_unknown(self.vocab, self.unk_token, word)]


class WordPiece(Model):
    """From the left always the longest token; a word that cannot be written so is unknown.

    Source: Wu et al., "Google's Neural Machine Translation System", 2016, §4.1; Devlin et al.,
    "BERT", 2019, `tokenization.py`.
    """

    def __init__(
        self, vocab: Mapping[str, int], unk_token: str, prefix: str, max_input_chars: int
    ) -> None:
        self.vocab = vocab
        self.names = names_of(vocab)
        self.size = len(vocab)
        self.unk_token = unk_token
        self.prefix = prefix
        self.max_input_chars = max_input_chars
        self._longest = max(map(len, vocab), default=0)

    @classmethod
    def make(cls, spec: Fields) -> WordPiece:
        """Read the model from a tokenizer file."""
        return cls(
            spec.vocabulary("vocab"),
            spec.text("unk_token"),
            spec.text("continuing_subword_prefix"),
            spec.count("max_input_chars_per_word"),
        )

    def tokenize(self, word: str) -> list[Token]:
        length = len(word)
        tokens: list[Token] = []
        start = 0
        if length > self.max_input_chars:
            return [_unknown(self.vocab, self.unk_token, word)]
        while start < length:
            prefix = self.prefix if start else ""
            for stop in range(min(length, start + self._longest), start, -1):
                name = prefix + word[start:stop]
                if (i := self.vocab.get(name)) is not None:
                    tokens.append((i, name, start, stop))
                    start = stop
                    break
            else:
                return [_unknown(self.vocab, self.unk_token, word)]
        return tokens


def _unknown(vocab: Mapping[str, int], unk_token: str, word: str) -> Token:
    if unk_token not in vocab:
        shown = word if len(word) <= 40 else word[:37] + "..."
        raise TokenizerError(
            f"the word {shown!r} is not in the vocabulary, and neither is the unknown token "
            f"{unk_token!r}"
        )
    return vocab[unk_token], unk_token, 0, len(word)
