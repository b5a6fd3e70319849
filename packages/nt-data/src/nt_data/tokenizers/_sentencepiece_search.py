"""How SentencePiece writes a normalized text in pieces: the best path, or merges by score."""

from __future__ import annotations

import re
import struct
from abc import ABC, abstractmethod
from collections.abc import Sequence
from heapq import heappop, heappush

from nt_data.tokenizers._model_unigram import UNKNOWN_PENALTY, prefix_table
from nt_data.tokenizers._sentencepiece_proto import Kind, Piece

__all__ = ["BPESearch", "Search", "UnigramSearch"]

Part = tuple[int, int]  # id, and where in the text it ends


class Search(ABC):
    """A way to write a text in pieces.

    Args:
        pieces: the pieces, in the order of the ids.
        unk: the id of what no piece covers.
    """

    user_defined: re.Pattern[str] | None  # finds the pieces that stand for themselves always

    def __init__(self, pieces: Sequence[Piece], unk: int) -> None:
        self.pieces = pieces
        self.unk = unk
        names = [piece.text for piece in pieces if piece.kind == Kind.USER_DEFINED]
        names.sort(key=len, reverse=True)
        self.user_defined = re.compile("|".join(map(re.escape, names))) if names else None

    @abstractmethod
    def parts(self, text: str) -> list[Part]:
        """Write the text in pieces."""


class UnigramSearch(Search):
    """The most probable path, its sums in float32 as in the original, so that ties fall alike."""

    def __init__(self, pieces: Sequence[Piece], unk: int) -> None:
        super().__init__(pieces, unk)
        normal = [piece.score for piece in pieces if piece.kind == Kind.NORMAL]
        self._unknown = _float32(min(normal, default=0.0) - UNKNOWN_PENALTY)
        best = max(normal, default=0.0)
        entries: dict[str, tuple[float, int]] = {}
        for i, piece in enumerate(pieces):
            if piece.kind == Kind.NORMAL:
                entries[piece.text] = piece.score, i
            elif piece.kind == Kind.USER_DEFINED:
                bonus = _float32(len(piece.text.encode()) * best) - 0.1
                entries[piece.text] = bonus, i
        self._entries = prefix_table(entries)

    def parts(self, text: str) -> list[Part]:
        entries, unknown = self._entries, self._unknown
        pack, unpack = _FLOAT.pack, _FLOAT.unpack
        length = len(text)
        best = [0.0] * (length + 1)
        come = [-1] * (length + 1)
        ids = [self.unk] * (length + 1)
        for start in range(length):
            base = best[start]
            single = False
            stop = start + 1
            while stop <= length:
                part = text[start:stop]
                if part not in entries:
                    break
                entry = entries[part]
                if entry is not None:
                    (score,) = unpack(pack(base + entry[0]))
                    if come[stop] < 0 or score > best[stop]:
                        best[stop], come[stop], ids[stop] = score, start, entry[1]
                    if stop == start + 1:
                        single = True
                stop += 1
            if not single:
                (score,) = unpack(pack(base + unknown))
                stop = start + 1
                if come[stop] < 0 or score > best[stop]:
                    best[stop], come[stop], ids[stop] = score, start, self.unk
        parts: list[Part] = []
        stop = length
        while stop > 0:
            parts.append((ids[stop], stop))
            stop = come[stop]
        return parts[::-1]


class BPESearch(Search):
    """Neighbours are merged, the pair with the best score first, the leftmost among equals."""

    def __init__(self, pieces: Sequence[Piece], unk: int) -> None:
        super().__init__(pieces, unk)
        joinable = (Kind.NORMAL, Kind.USER_DEFINED, Kind.UNUSED)
        self._ids = {piece.text: i for i, piece in enumerate(pieces) if piece.kind in joinable}

    def parts(self, text: str) -> list[Part]:
        symbols, frozen = self._symbols(text)
        n = len(symbols)
        after = list(range(1, n + 1))
        before = list(range(-1, n - 1))
        halves: dict[str, tuple[str, str]] = {}
        queue: list[tuple[float, int, int, int]] = []

        def consider(left: int, right: int) -> None:
            if left < 0 or right >= n or frozen[left] or frozen[right]:
                return
            joined = symbols[left] + symbols[right]
            i = self._ids.get(joined)
            if i is None:
                return
            heappush(queue, (-self.pieces[i].score, left, right, len(joined)))
            if self.pieces[i].kind == Kind.UNUSED:
                halves[joined] = symbols[left], symbols[right]

        for left in range(n - 1):
            consider(left, left + 1)
        while queue:
            _, left, right, size = heappop(queue)
            # An entry is stale where an earlier merge took or lengthened one of its two symbols.
            if not symbols[left] or not symbols[right]:
                continue
            if len(symbols[left]) + len(symbols[right]) != size:
                continue
            symbols[left] += symbols[right]
            symbols[right] = ""
            after[left] = after[right]
            if after[left] < n:
                before[after[left]] = left
            consider(before[left], left)
            consider(left, after[left])
        parts: list[Part] = []
        stop = 0
        for symbol in symbols:
            for part in self._used(symbol, halves) if symbol else ():
                stop += len(part)
                parts.append((self._ids.get(part, self.unk), stop))
        return parts

    def _symbols(self, text: str) -> tuple[list[str], list[bool]]:
        if self.user_defined is None:
            return list(text), [False] * len(text)
        symbols: list[str] = []
        frozen: list[bool] = []
        last = 0
        for match in self.user_defined.finditer(text):
            gap = text[last : match.start()]
            symbols += [*gap, match[0]]
            frozen += [False] * len(gap) + [True]
            last = match.end()
        return symbols + list(text[last:]), frozen + [False] * (len(text) - last)

    def _used(self, part: str, halves: dict[str, tuple[str, str]]) -> list[str]:
        """Cut a piece that must not be used where it was merged."""
        i = self._ids.get(part)
        if i is None or self.pieces[i].kind != Kind.UNUSED or part not in halves:
            return [part]
        left, right = halves[part]
        return self._used(left, halves) + self._used(right, halves)


_FLOAT = struct.Struct("f")


def _float32(value: float) -> float:
    return float(_FLOAT.unpack(_FLOAT.pack(value))[0])
