"""Unicode's normalization forms, with the place in the original of each character kept."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal

from nt_data.tokenizers._aligned import Aligned

__all__ = ["Form", "normalize"]

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
Change = tuple[str, int]  # a character, and what it does to the old ones: see Aligned.transform


def normalize(text: Aligned, form: Form) -> None:
    r"""Bring a text into a normalization form.

    Example:
        >>> text = Aligned.of("e\u0301\ufb01", tracked=True)
        >>> normalize(text, "NFKC")
        >>> text.text, text.starts, text.stops
        ('éfi', [0, 2, 2], [1, 3, 3])

    Source: Unicode Standard Annex 15.
    """
    if unicodedata.is_normalized(form, text.text):
        return
    if not text.starts:
        text.text = unicodedata.normalize(form, text.text)
        return
    decomposed = _ordered(_decomposed(text.text, "NFKD" if "K" in form else "NFD"))
    text.transform(_composed(decomposed) if form in ("NFC", "NFKC") else decomposed)


def _decomposed(text: str, form: Literal["NFD", "NFKD"]) -> Iterator[Change]:
    for character in text:
        for i, part in enumerate(unicodedata.normalize(form, character)):
            yield part, int(i > 0)


def _ordered(changes: Iterable[Change]) -> Iterator[Change]:
    """Bring runs of marks into canonical order."""
    marks: list[Change] = []
    for change in changes:
        if unicodedata.combining(change[0]):
            marks.append(change)
            continue
        yield from sorted(marks, key=lambda mark: unicodedata.combining(mark[0]))
        marks.clear()
        yield change
    yield from sorted(marks, key=lambda mark: unicodedata.combining(mark[0]))


def _composed(changes: Iterable[Change]) -> Iterator[Change]:
    """Join a starter with the marks and the vowels behind it that it composes with."""
    starter: Change | None = None
    waiting: list[Change] = []  # marks behind the starter that did not join it
    for character, change in changes:
        level = unicodedata.combining(character)
        if starter is None:
            if level:
                yield character, change
            else:
                starter = character, change
            continue
        blocked = waiting and unicodedata.combining(waiting[-1][0]) >= level
        joined = None if blocked else _pair(starter[0], character)
        if joined is not None:
            starter = joined, starter[1] + change - 1
        elif level:
            waiting.append((character, change))
        else:
            yield starter
            yield from waiting
            waiting.clear()
            starter = character, change
    if starter is not None:
        yield starter
    yield from waiting


@lru_cache(maxsize=4096)
def _pair(left: str, right: str) -> str | None:
    joined = unicodedata.normalize("NFC", left + right)
    return joined if len(joined) == 1 else None
