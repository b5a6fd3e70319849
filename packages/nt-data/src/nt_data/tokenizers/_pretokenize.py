r"""Cutting text into pieces that no merge crosses: GPT-2's pattern.

    's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+

English suffixes; a word, a number or a run of signs with the space before it; white space, of which
the last character is left to the word that follows. Python's `re` has no `\p{L}`, so the classes
are written out from `unicodedata`: letters and numbers are those of the running Python's Unicode.
Source: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019, `encoder.py`.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from operator import itemgetter

__all__ = ["pieces"]

# Unicode's White_Space property. Python's own \s also takes U+001C to U+001F.
_SPACE = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"


def pieces(text: str) -> Iterator[str]:
    r"""Cut a text into the pieces that are tokenized on their own; joined, they are the text.

    Example:
        >>> list(pieces("He'll pay 3.50  now\n"))
        ['He', "'ll", ' pay', ' 3', '.', '50', ' ', ' now', '\n']
    """
    pattern = _ascii_pattern() if text.isascii() else _unicode_pattern()
    return map(itemgetter(0), pattern.finditer(text))


def _pattern(letters: str, numbers: str, space: str) -> re.Pattern[str]:
    return re.compile(
        rf"'s|'t|'re|'ve|'m|'ll|'d| ?[{letters}]+| ?[{numbers}]+| ?[^{space}{letters}{numbers}]+"
        rf"|[{space}]+(?![^{space}])|[{space}]+"
    )


@cache
def _ascii_pattern() -> re.Pattern[str]:
    return _pattern("A-Za-z", "0-9", r"\t-\r ")


@cache
def _unicode_pattern() -> re.Pattern[str]:
    by_kind: dict[str, list[str]] = {"L": [], "N": []}
    start = 0
    for kind, run in groupby(unicodedata.category(chr(c))[0] for c in range(sys.maxunicode + 1)):
        end = start + sum(1 for _ in run)
        if kind in by_kind:
            by_kind[kind].append(rf"\U{start:08x}-\U{end - 1:08x}")
        start = end
    return _pattern("".join(by_kind["L"]), "".join(by_kind["N"]), _SPACE)
