r"""Cutting text into pieces that no merge crosses: GPT-2's pattern.

    's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+

English suffixes; a word, a number or a run of signs with the space before it; white space, of which
the last character is left to the word that follows.
Source: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019, `encoder.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import regex

__all__ = ["piece_spans", "pieces"]

# Python's own `re` is the faster one, but has no \p{L}, and its \s also takes U+001C to U+001F.
_ASCII = re.compile(
    r"'s|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?[0-9]+| ?[^\t-\r A-Za-z0-9]+|[\t-\r ]+(?![^\t-\r ])"
    r"|[\t-\r ]+"
)
_UNICODE = regex.compile(
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+"
    r"|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+"
)


def pieces(text: str) -> list[str]:
    r"""Cut a text into the pieces that are tokenized on their own; joined, they are the text.

    Example:
        >>> pieces("He'll pay 3.50  now\n")
        ['He', "'ll", ' pay', ' 3', '.', '50', ' ', ' now', '\n']
    """
    return list(_pattern(text).findall(text))


def piece_spans(text: str) -> Iterator[tuple[int, int]]:
    """Say where the pieces begin and end.

    Example:
        >>> list(piece_spans("He'll"))
        [(0, 2), (2, 5)]
    """
    return (match.span() for match in _pattern(text).finditer(text))


def _pattern(text: str) -> Any:
    return _ASCII if text.isascii() else _UNICODE
