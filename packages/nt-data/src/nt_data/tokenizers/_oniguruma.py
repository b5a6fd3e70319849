r"""Regular expressions as published tokenizer files write them: Oniguruma's, in Ruby's syntax.

The library `regex` reads nearly all of it alike. What differs is rewritten: `\h` is a hexadecimal
digit, `^` and `$` are a line's ends, `(?m)` lets the dot match a line feed, `\Z` allows a line feed
behind it, `\x{...}` is a code point, and `\w` is Unicode's letters, marks, decimal digits and
connectors.
Source: Oniguruma, doc/RE.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

import regex

from nt_data._errors import TokenizerError

__all__ = ["Finder", "finder", "literal_finder"]

Finder = Callable[[str], Iterator[tuple[int, int]]]

_LETTERS = r"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}"
_WORD = _LETTERS + r"\xb2\xb3\xb9\xbc-\xbe"  # outside of a class, small numbers and fractions too
_ESCAPES = {
    "h": "[0-9A-Fa-f]", "H": "[^0-9A-Fa-f]", "w": f"[{_WORD}]", "W": f"[^{_WORD}]",
    "b": f"(?:(?<=[{_WORD}])(?![{_WORD}])|(?<![{_WORD}])(?=[{_WORD}]))",
    "B": f"(?:(?<=[{_WORD}])(?=[{_WORD}])|(?<![{_WORD}])(?![{_WORD}]))",
    "Z": r"(?=\n?\Z)", "z": r"\Z", "e": r"\x1b",
}  # fmt: skip


def finder(pattern: str, where: str) -> Finder:
    r"""Compile an expression to a function that gives the spans of its matches in a text.

    Raises:
        TokenizerError: the expression cannot be read; names `where` it stands.

    Example:
        >>> list(finder(r"\p{L}+", "pattern")("né 1"))
        [(0, 2)]
    """
    return _compiled(pattern, where)


def literal_finder(text: str) -> Finder:
    """Find a text as it is written; the empty text stands nowhere but between all characters.

    Example:
        >>> list(literal_finder("..")("a...."))
        [(1, 3), (3, 5)]
    """
    return _spans(regex.compile(regex.escape(text, special_only=True)))


@lru_cache(maxsize=64)
def _compiled(pattern: str, where: str) -> Finder:
    try:
        return _spans(regex.compile(_translated(pattern), regex.V1 | regex.MULTILINE))
    except (regex.error, ValueError, OverflowError, RecursionError) as error:
        raise TokenizerError(
            f"{where}: the regular expression {pattern!r} cannot be read: {error}"
        ) from error


def _spans(compiled: regex.Pattern[str]) -> Finder:
    def spans(text: str) -> Iterator[tuple[int, int]]:
        last = -1
        for match in compiled.finditer(text):
            span = match.span()
            # An empty match straight behind a match is none.
            if span[0] != span[1] or span[1] != last:
                yield span
                last = span[1]

    return spans


def _translated(pattern: str) -> str:
    out: list[str] = []
    depth = i = 0  # how many brackets of a class are open
    while i < len(pattern):
        rest = pattern[i:]
        one = pattern[i]
        if one == "\\" and len(rest) > 1:
            if rest.startswith(r"\x{") and "}" in rest:
                end = rest.index("}")
                out.append(rf"\U{int(rest[3:end], 16):08x}")
                i += end + 1
                continue
            escape = _ESCAPES.get(rest[1])
            if depth and rest[1] in "wW":
                escape = f"[{'^' if rest[1] == 'W' else ''}{_LETTERS}]"
            outside = rest[1] in "bBZz"  # within a class, \b is a backspace
            out.append(rest[:2] if escape is None or (depth and outside) else escape)
            i += 2
            continue
        if one == "[":
            if posix := _posix(rest):
                out.append(posix)
                i += len(posix)
                continue
            depth += 1
            # A bracket that opens a class and at once closes it is a character.
            head = regex.match(r"\[\^?\]?", rest)[0]
            out.append(head.replace("]", r"\]"))
            i += len(head)
            continue
        if one == "]" and depth:
            depth -= 1
        elif depth and rest[:2] in ("--", "||", "~~"):
            out.append("\\" + one)  # operators on sets that Oniguruma does not have
            i += 1
            continue
        elif not depth and (flags := regex.match(r"\(\?([imx]*)(-[imx]+)?(?=[:)])", rest)):
            out.append("(?" + (flags[1] + (flags[2] or "")).replace("m", "s"))
            i += len(flags[0])
            continue
        elif one == "$" and not depth:
            out.append("(?=\\n|\\Z)")
            i += 1
            continue
        out.append(one)
        i += 1
    return "".join(out)


def _posix(rest: str) -> str:
    found = regex.match(r"\[:\^?[a-z]+:\]", rest)
    return found[0] if found else ""
