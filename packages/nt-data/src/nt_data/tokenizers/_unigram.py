"""Unigram: tokens with probabilities, learned by pruning a large vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from nt_data._errors import TokenizerError
from nt_data.tokenizers._tokenizer import Tokenizer
from nt_data.tokenizers._training import (
    added_specs,
    check_special_tokens,
    check_words,
    texts_without,
)
from nt_data.tokenizers._unigram_train import learn_unigram
from nt_data.tokenizers._word import count_words

__all__ = ["UnigramTokenizer"]


class UnigramTokenizer(Tokenizer):
    """Each word in its most probable tokens; a word begins with `▁`, which stands for a space.

    Example:
        >>> tokenizer = UnigramTokenizer.train("the cat, the hat, a cat, a hat", vocab_size=20)
        >>> tokenizer("the hat").tokens
        ['▁the', '▁hat']
        >>> tokenizer.decode(tokenizer.encode("the hat"))
        'the hat'

    Source: Kudo, "Subword Regularization: Improving Neural Network Translation Models with
    Multiple Subword Candidates", 2018, §3.2.
    """

    kind: ClassVar[str] = "unigram"

    @classmethod
    def train(
        cls,
        text: str | Iterable[str],
        vocab_size: int,
        *,
        special_tokens: Sequence[str] = ("<pad>", "</s>", "<unk>"),
        unknown: str = "<unk>",
        max_piece_length: int = 16,
    ) -> UnigramTokenizer:
        """Learn a vocabulary from a text, or from several.

        A large vocabulary of frequent substrings is fitted by expectation and maximisation, then a
        quarter of it, that whose loss costs least likelihood, is dropped, until `vocab_size` is
        left. Text is first brought into NFKC and its runs of spaces are joined.

        Args:
            text: what to learn from.
            vocab_size: how many tokens to have at most, special tokens included.
            special_tokens: names, in the order of their ids from 0 on.
            unknown: which of them stands for characters that training did not meet.
            max_piece_length: how many characters a token has at most.

        Raises:
            TokenizerError: `text` has no words, `unknown` is no special token, or `vocab_size` has
                no room for the characters and the special tokens.

        Example:
            >>> sorted(UnigramTokenizer.train("ab ab ab", 7).token_strings()[3:])
            ['a', 'b', '▁', '▁ab']
        """
        if unknown not in special_tokens:
            raise TokenizerError(
                f"unknown ({unknown!r}) must be among special_tokens {list(special_tokens)}"
            )
        if max_piece_length < 1:
            raise TokenizerError(f"max_piece_length ({max_piece_length}) must be at least 1")
        normalizer: dict[str, Any] = {
            "type": "Sequence",
            "normalizers": [
                {"type": "NFKC"},
                {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
            ],
        }
        space: dict[str, Any] = {
            "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True,
        }  # fmt: skip
        counts = count_words(texts_without(text, special_tokens), normalizer, space)
        check_words(counts)
        letters = {character for word in counts for character in word}
        check_special_tokens(special_tokens, vocab_size, len(letters), f"{len(letters)} characters")
        learned = learn_unigram(counts, vocab_size - len(special_tokens), max_piece_length)
        pieces = [[name, 0.0] for name in special_tokens]
        pieces += [[piece, score] for piece, score in learned if piece not in special_tokens]
        return cls(
            {
                "added_tokens": added_specs(special_tokens),
                "normalizer": normalizer,
                "pre_tokenizer": space,
                "decoder": space,
                "model": {
                    "type": "Unigram", "unk_id": special_tokens.index(unknown), "vocab": pieces,
                    "byte_fallback": False,
                },
            }
        )  # fmt: skip
