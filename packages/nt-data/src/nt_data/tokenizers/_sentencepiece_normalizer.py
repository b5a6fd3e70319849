"""What SentencePiece does to a text first: replacements, spaces joined and made visible.

Source: Kudo and Richardson, "SentencePiece", 2018, §3.2; SentencePiece, `normalizer.cc`.
"""

from __future__ import annotations

import re

from nt_data.tokenizers._aligned import Aligned
from nt_data.tokenizers._charsmap import Charsmap
from nt_data.tokenizers._normalizers import Normalizer
from nt_data.tokenizers._sentencepiece_proto import SentencePieceModel

__all__ = ["SPACE_MARK", "SentencePieceNormalizer"]

SPACE_MARK = "\u2581"


class SentencePieceNormalizer(Normalizer):
    """The normalizer of one model.

    Args:
        proto: the model.
        charsmap: its replacements, if it has any.
        user_defined: finds pieces that are never changed.
    """

    def __init__(
        self,
        proto: SentencePieceModel,
        charsmap: Charsmap | None,
        user_defined: re.Pattern[str] | None,
    ) -> None:
        self.proto = proto
        self.charsmap = charsmap
        self.user_defined = user_defined
        self._known: dict[str, tuple[str, int]] = {}

    def normalize(self, text: Aligned) -> None:
        """Write the text anew, each character on the stretch up to where the next one begins."""
        proto = self.proto
        steps = self._steps(text.text)
        joins = proto.remove_extra_whitespaces
        first = (
            next((i for i, (new, _, _) in enumerate(steps) if new != " "), len(steps))
            if joins
            else 0
        )
        mark = SPACE_MARK if proto.escape_whitespaces else " "
        places: list[int] = []
        characters: list[str] = []
        if first < len(steps):
            begin = steps[first][1]
            if proto.add_dummy_prefix and not proto.whitespace_as_suffix:
                characters.append(mark)
                places.append(begin)
            spaced = joins
            for new, start, _ in steps[first:]:
                part = new.lstrip(" ") if spaced else new
                if part:
                    characters += part.replace(" ", mark)
                    places += [start] * len(part)
                    spaced = joins and part.endswith(" ")
            end = len(text.text)
            while joins and characters and characters[-1] == mark:
                characters.pop()
                end = places.pop()
            if proto.add_dummy_prefix and proto.whitespace_as_suffix:
                characters.append(mark)
                places.append(end)
            self._write(text, characters, [*places, end])
        else:
            self._write(text, [], [0])

    def _write(self, text: Aligned, characters: list[str], places: list[int]) -> None:
        text.text = "".join(characters)
        if not text.starts:
            return
        bounds = [*text.starts, text.stops[-1]]
        starts = [bounds[place] for place in places]
        text.starts, text.stops = starts[:-1], starts[1:]

    def _steps(self, text: str) -> list[tuple[str, int, int]]:
        """Give what each stretch of the text becomes, and from where to where it goes."""
        steps: list[tuple[str, int, int]] = []
        kept = iter([]) if self.user_defined is None else self.user_defined.finditer(text)
        last = 0
        for match in kept:
            steps += self._replaced(text, last, match.start())
            steps.append((match[0], *match.span()))
            last = match.end()
        return steps + self._replaced(text, last, len(text))

    def _replaced(self, text: str, start: int, stop: int) -> list[tuple[str, int, int]]:
        if self.charsmap is None:
            return [(text[i], i, i + 1) for i in range(start, stop)]
        steps: list[tuple[str, int, int]] = []
        while start < stop:
            new, size = self._longest(self.charsmap, text, start)
            steps.append((new, start, start + size))
            start += size
        return steps

    def _longest(self, charsmap: Charsmap, text: str, start: int) -> tuple[str, int]:
        """Give the replacement of the longest entry that the text begins with, and its length."""
        pair = text[start : start + 2]
        if (known := self._known.get(pair)) is not None:
            return known
        longest, decided = charsmap.longest(pair.encode())
        if not decided:  # what follows may be part of a longer entry
            longest, _ = charsmap.longest(text[start : start + _WINDOW].encode())
        if longest is None:
            found = text[start], 1
        else:
            covered = text[start : start + _WINDOW].encode()[: longest[0]]
            found = longest[1], max(1, len(covered.decode("utf-8", "ignore")))
        if decided:
            self._known[pair] = found
        return found


_WINDOW = 64  # characters, more than an entry has
