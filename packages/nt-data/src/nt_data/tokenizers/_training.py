"""What all trainers ask of their arguments and do to their texts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain

from nt_data._errors import TokenizerError
from nt_data.tokenizers._added_tokens import AddedToken
from nt_data.tokenizers._utf8 import to_utf8

__all__ = ["added_specs", "check_special_tokens", "check_words", "texts_without"]


def check_special_tokens(
    special_tokens: Sequence[str], vocab_size: int, needed: int, what: str, min_count: int = 1
) -> None:
    """Refuse names that repeat, a vocabulary without room, and counts that mean nothing."""
    room = len(special_tokens) + needed
    if vocab_size < room:
        raise TokenizerError(
            f"vocab_size ({vocab_size}) must be at least {room}: {what} and "
            f"{len(special_tokens)} special tokens"
        )
    if min_count < 1:
        raise TokenizerError(f"min_count ({min_count}) must be at least 1")
    if len(set(special_tokens)) < len(special_tokens):
        raise TokenizerError(f"special_tokens {list(special_tokens)} repeat a name")
    for name in special_tokens:
        to_utf8(name)
        if not name:
            raise TokenizerError("special token '' has no name")


def check_words(words: Collection[str]) -> None:
    """Refuse a text that is empty, or nothing but spaces and special tokens.

    Example:
        >>> check_words([])
        Traceback (most recent call last):
            ...
        nt_data...TokenizerError: text has no words: a tokenizer needs at least one to learn from
    """
    if not words:
        raise TokenizerError("text has no words: a tokenizer needs at least one to learn from")


def texts_without(text: str | Iterable[str], special_tokens: Sequence[str]) -> Iterator[str]:
    """Give the stretches of the texts between special tokens.

    Example:
        >>> list(texts_without(["a<s>b", "c"], ["<s>"]))
        ['a', 'b', 'c']
    """
    texts = [text] if isinstance(text, str) else text
    if not special_tokens:
        return iter(texts)
    longest_first = sorted(special_tokens, key=len, reverse=True)
    cut = re.compile("|".join(map(re.escape, longest_first)))
    return chain.from_iterable(map(cut.split, texts))


def added_specs(special_tokens: Sequence[str]) -> list[dict[str, object]]:
    """Describe special tokens whose ids are 0, 1, 2 and so on."""
    return [AddedToken(name, special=True)._spec(i) for i, name in enumerate(special_tokens)]
