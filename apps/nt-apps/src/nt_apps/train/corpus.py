"""From the name of a text to the tokens that a run learns from and is judged by."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from nt_data import DownloadError, TextError, TokenizerError
from nt_data.metrics import (
    bigram_cross_entropy,
    trigram_cross_entropy,
    unigram_cross_entropy,
)
from nt_data.sources import TextSplit, load_text
from nt_data.tokenizers import (
    BPETokenizer,
    ByteTokenizer,
    CharTokenizer,
    Tokenizer,
)
from numpy.typing import NDArray

from nt_apps.errors import UserError, telling

if TYPE_CHECKING:
    from nt_apps.train.language import LanguageConfig

__all__ = ["Corpus", "load_corpus"]

Tokens = NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True)
class Corpus:
    """A text's parts as tokens, and what a model of them is measured against."""

    text: TextSplit = field(repr=False)
    tokenizer: Tokenizer = field(repr=False)
    train: Tokens  # (tokens,)
    validation: Tokens  # (tokens,)
    test: Tokens | None = None  # (tokens,), where one is published

    @property
    def judge(self) -> str:
        """The part of the final figures: test where there is one, else validation."""
        return "validation" if self.test is None else "test"

    @property
    def judged(self) -> Tokens:
        """The tokens of the final figures, (tokens,)."""
        return self.validation if self.test is None else self.test

    @cached_property
    def judged_bytes(self) -> int:
        """How long the part of the final figures is in UTF-8."""
        text = self.text.validation if self.test is None else self.text.test
        return len(text.encode("utf-8", "surrogatepass"))

    @cached_property
    def unigram(self) -> float:
        """Nats per judged token, each predicted by its frequency in the training part."""
        return unigram_cross_entropy(self.train, self.judged, self.tokenizer.vocab_size)

    @cached_property
    def bigram(self) -> float:
        """Nats per judged token, each predicted from the one before it."""
        return bigram_cross_entropy(self.train, self.judged, self.tokenizer.vocab_size)

    @cached_property
    def trigram(self) -> float:
        """Nats per judged token, each predicted from the two before it, by Kneser-Ney."""
        return trigram_cross_entropy(self.train, self.judged, self.tokenizer.vocab_size)

    @cached_property
    def fingerprint(self) -> str:
        """A hash of all tokens: a resumed run must see the very same ones."""
        digest = hashlib.sha256()
        for part in (self.train, self.validation, *(() if self.test is None else (self.test,))):
            digest.update(f"{part.dtype.name} {len(part)};".encode())
            digest.update(part.tobytes())
        return digest.hexdigest()


def load_corpus(config: LanguageConfig, tokenizer: Tokenizer | None = None) -> Corpus:
    """Load the text that a config names and tokenize it.

    Args:
        config: `data`, `data_dir`, `tokenizer`, `vocab_size` and `context` are read.
        tokenizer: the one of an earlier run; by default one is made from the training part (its
            alphabet, for characters, from all).

    Raises:
        UserError: the text cannot be had, is no text, or is shorter than the context.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> path = Path(tempfile.mkdtemp(), "abc.txt")
        >>> _ = path.write_text("abc" * 300)
        >>> from nt_apps.train.language import LanguageConfig
        >>> load_corpus(LanguageConfig(data=str(path), tokenizer="char", prompt="a")).unigram
        1.09...
    """
    with telling(TextError, DownloadError, OSError):
        text = load_text(config.data, data_dir=config.data_dir)
    with telling(TokenizerError, prefix=f"{config.data}: "):
        tokenizer = tokenizer or _make_tokenizer(config, text)
        train, validation = tokenizer.encode(text.train), tokenizer.encode(text.validation)
    try:
        tokenizer.encode(config.prompt)
    except TokenizerError as error:
        raise UserError(
            f"prompt ({config.prompt!r}) has characters that {text.name} has not: choose "
            f"another with --prompt, such as {text.train[:3]!r}"
        ) from error
    test = tokenizer.encode(text.test) if text.test else None
    parts = {"training": train, "validation": validation, "test": test}
    for part, tokens in parts.items():
        if tokens is not None and len(tokens) <= config.context:
            raise UserError(
                f"context ({config.context}) must be below the number of tokens in the {part} "
                f"part of {text.name} ({len(tokens)})"
            )
    return Corpus(text, tokenizer, train, validation, test)


def _make_tokenizer(config: LanguageConfig, text: TextSplit) -> Tokenizer:
    if config.tokenizer == "byte":
        return ByteTokenizer()
    if config.tokenizer == "char":
        return CharTokenizer.train(text.train + text.validation + text.test)
    return BPETokenizer.train(text.train, config.vocab_size)
