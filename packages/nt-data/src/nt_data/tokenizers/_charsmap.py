"""SentencePiece's precompiled table of replacements: a double-array trie and the replacements.

Source: Kudo and Richardson, "SentencePiece", 2018, §3.2; Yata, Darts-clone, for the trie's units.
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterator

import regex

from nt_data._errors import TokenizerError
from nt_data.tokenizers._fields import Fields

__all__ = ["Charsmap"]

_GRAPHEME = regex.compile(r"\X")


class Charsmap:
    """Replacements of byte sequences, longest or shortest first.

    Args:
        data: four bytes that say how long the trie is, the trie (32-bit units), and the
            replacements, each closed by a zero byte.
        where: the entry that it comes from, for errors.

    Raises:
        TokenizerError: the table is cut short.
    """

    def __init__(self, data: bytes, where: str) -> None:
        size = int.from_bytes(data[:4], "little")
        if len(data) < 4 or size % 4 or 4 + size > len(data):
            raise TokenizerError(
                f"{where}: a table of {len(data)} bytes cannot hold a trie of {size} bytes"
            )
        self.where = where
        self._units = struct.unpack(f"<{size // 4}I", data[4 : 4 + size])
        self._replacements = data[4 + size :]
        self._shortest: dict[str, str | None] = {}

    @classmethod
    def from_base64(cls, spec: Fields) -> Charsmap:
        """Read the field `precompiled_charsmap`."""
        where = f"{spec.where}.precompiled_charsmap"
        try:
            return cls(base64.b64decode(spec.text("precompiled_charsmap"), validate=True), where)
        except binascii.Error as error:
            raise TokenizerError(f"{where} is no base64: {error}") from error

    def shortest(self, key: bytes) -> str | None:
        """Give the replacement of the shortest entry that `key` begins with."""
        found = next(self._entries(key.split(b"\0")[0], [False]), None)
        return found and self._replacement(found[1])

    def longest(self, key: bytes) -> tuple[tuple[int, str] | None, bool]:
        """Give the length and the replacement of the longest such entry.

        Also whether that is certain: not if all of `key` is the beginning of some entry.
        """
        ended = [False]
        found = max(self._entries(key, ended), default=None)
        return found and (found[0], self._replacement(found[1])), ended[0]

    def _entries(self, key: bytes, ended: list[bool]) -> Iterator[tuple[int, int]]:
        """Give (length, place of the replacement) for each prefix of `key` in the trie."""
        units = self._units
        try:
            place = _offset(units[0])
            for i, byte in enumerate(key):
                place ^= byte
                unit = units[place]
                if unit & 0x800000FF != byte:
                    ended[0] = True
                    return
                place ^= _offset(unit)
                if unit >> 8 & 1:
                    yield i + 1, units[place] & 0x7FFFFFFF
        except IndexError as error:
            raise TokenizerError(f"{self.where}: the trie points outside of itself") from error

    def _replacement(self, place: int) -> str:
        end = self._replacements.find(b"\0", place)
        data = self._replacements[place : end if end >= 0 else None]
        return data.decode("utf-8", "replace")

    def by_graphemes(self, text: str) -> list[tuple[str, int]] | None:
        """Replace what users see as characters, or else code points; None where nothing changes.

        This is how the library `tokenizers` reads the table, and the vocabularies made with it
        expect: a grapheme of less than six bytes becomes the replacement of its shortest prefix.
        """
        changes: list[tuple[str, int]] = []
        modified = False
        for grapheme in _GRAPHEME.findall(text):
            whole = self._of(grapheme) if len(grapheme.encode()) < 6 else None
            for part in grapheme if whole is None else [grapheme]:
                new = self._of(part) if whole is None else whole
                if new is None:
                    changes.append((part, 0))
                    continue
                modified = True
                _replace(changes, len(part), new)
        return changes if modified else None

    def _of(self, part: str) -> str | None:
        if part not in self._shortest:
            self._shortest[part] = self.shortest(part.encode())
        return self._shortest[part]


def _offset(unit: int) -> int:
    return unit >> 10 << ((unit & 0x200) >> 6)


def _replace(changes: list[tuple[str, int]], old: int, new: str) -> None:
    changes.extend((character, 0) for character in new)
    surplus = len(new) - old
    if surplus > 0:
        changes[-surplus:] = [(character, 1) for character, _ in changes[-surplus:]]
    elif surplus < 0 and changes:
        character, change = changes[-1]
        changes[-1] = character, change + surplus
