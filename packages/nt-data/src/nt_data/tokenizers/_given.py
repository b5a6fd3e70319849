"""What is given to a tokenizer: strings, or an error that says what came."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Iterator

__all__ = ["check_text", "checked_batch", "checked_texts"]


def check_text(name: str, text: object) -> None:
    """Refuse what is no string.

    Example:
        >>> check_text("text", b"ab")
        Traceback (most recent call last):
            ...
        TypeError: text must be a string, got bytes
    """
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a string, got {type(text).__name__}")


def checked_texts(text: str, pair: str | None) -> tuple[str, ...]:
    """Give the text, or the text and its pair.

    Example:
        >>> checked_texts("who?", "me")
        ('who?', 'me')
    """
    check_text("text", text)
    if pair is None:
        return (text,)
    check_text("pair", pair)
    return text, pair


def checked_batch(texts: object) -> Iterator[tuple[str, ...]]:
    """Give each text, or each text and its pair.

    Example:
        >>> list(checked_batch(["who?", ("who?", "me")]))
        [('who?',), ('who?', 'me')]
    """
    if isinstance(texts, (str, bytes)) or not isinstance(texts, Iterable):
        raise TypeError(
            f"texts must be a list of strings, or of pairs of strings, got {type(texts).__name__}"
        )
    for place, one in enumerate(texts):
        if isinstance(one, str):
            yield (one,)
            continue
        two = isinstance(one, (tuple, list)) and len(one) == 2
        if not (two and all(isinstance(part, str) for part in one)):
            raise TypeError(
                f"texts[{place}] must be a string or a pair of strings, got {reprlib.repr(one)}"
            )
        yield tuple(one)
