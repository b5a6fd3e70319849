"""Text that is being changed, and where in the original each of its characters came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable

__all__ = ["Aligned", "CharTable"]


class CharTable(dict[int, str]):
    """What each character becomes, worked out when it is first met; for `str.translate`.

    Example:
        >>> "straße".translate(CharTable(str.upper))
        'STRASSE'
    """

    def __init__(self, change: Callable[[str], str]) -> None:
        super().__init__()
        self._change = change

    def __missing__(self, code: int) -> str:
        changed = self[code] = self._change(chr(code))
        return changed


class Aligned:
    """A text and, if it is tracked, the stretch of the original behind each character.

    Rules that say which stretch belongs to an inserted or merged character are those of the
    library `tokenizers`, so that offsets come out as it gives them.

    Example:
        >>> text = Aligned.of("  Ab", tracked=True)
        >>> text.keep(2, 4)
        >>> text.translate(CharTable(str.lower))
        >>> text.prepend("_")
        >>> text.text, text.starts, text.stops
        ('_ab', [2, 2, 3], [3, 3, 4])
    """

    __slots__ = ("origin", "starts", "stops", "text")

    text: str
    starts: list[int]  # empty where the text is not tracked
    stops: list[int]
    origin: int  # where in the original this piece begins

    def __init__(self, text: str, starts: list[int], stops: list[int], origin: int) -> None:
        self.text = text
        self.starts = starts
        self.stops = stops
        self.origin = origin

    @classmethod
    def of(cls, text: str, *, tracked: bool) -> Aligned:
        """Begin with an original."""
        count = len(text) if tracked else 0
        return cls(text, list(range(count)), list(range(1, count + 1)), 0)

    @property
    def tracked(self) -> bool:
        """Whether there are alignments; an empty text has none to lose."""
        return bool(self.starts) or not self.text

    def slice(self, start: int, stop: int) -> Aligned:
        """Cut out the characters from `start` to `stop`."""
        if not self.starts:
            return Aligned(self.text[start:stop], [], [], self.origin + start)
        starts = self.starts[start:stop]
        origin = starts[0] if starts else self.origin
        return Aligned(self.text[start:stop], starts, self.stops[start:stop], origin)

    def keep(self, start: int, stop: int) -> None:
        """Drop all but the characters from `start` to `stop`."""
        self.text = self.text[start:stop]
        self.starts = self.starts[start:stop]
        self.stops = self.stops[start:stop]

    def translate(self, table: CharTable) -> None:
        """Replace each character on its own; what comes in its place keeps its stretch."""
        changed = self.text.translate(table)
        if changed == self.text:
            return
        if self.starts:
            counts = [len(table[ord(character)]) for character in self.text]
            self.starts = _repeat(self.starts, counts)
            self.stops = _repeat(self.stops, counts)
        self.text = changed

    def prepend(self, text: str) -> None:
        """Put text before the first character, on whose stretch it lies; nothing before nothing."""
        if self.text and not text and self.starts:
            # The original takes the first character for one that is inserted.
            self.starts[0] = self.stops[0] = self.origin
        elif self.text:
            self.text = text + self.text
            self.starts = self.starts[:1] * len(text) + self.starts
            self.stops = self.stops[:1] * len(text) + self.stops

    def replace(self, spans: Iterable[tuple[int, int]], content: str) -> None:
        """Put `content` in the place of each span, on the stretch of the span's last character."""
        self.replace_each((span, content) for span in spans)

    def replace_each(self, changes: Iterable[tuple[tuple[int, int], str]]) -> None:
        """Put another content in the place of each span, on the stretch of its last character."""
        texts: list[str] = []
        starts: list[int] = []
        stops: list[int] = []
        last = 0
        for (start, stop), content in changes:
            texts += self.text[last:start], content
            if self.starts:
                first, past = (
                    (self.starts[stop - 1], self.stops[stop - 1]) if stop else (self.origin,) * 2
                )
                starts += self.starts[last:start] + [first] * len(content)
                stops += self.stops[last:start] + [past] * len(content)
            last = stop
        if texts:
            self.text = "".join([*texts, self.text[last:]])
            self.starts = starts + self.starts[last:]
            self.stops = stops + self.stops[last:]

    def lower(self) -> None:
        """Lower the case as `str.lower` does, which looks at a sigma's neighbours."""
        lowered = self.text.lower()
        if len(lowered) != len(self.text) and self.starts:
            counts = [len(character.lower()) for character in self.text]
            self.starts = _repeat(self.starts, counts)
            self.stops = _repeat(self.stops, counts)
        self.text = lowered

    def transform(self, changes: Iterable[tuple[str, int]]) -> None:
        """Give the new characters, each with what it does to the old ones.

        A change of 1 inserts the character (it lies on the stretch of the character before), 0 puts
        it in the place of the next old character, -n does so and drops the n that follow.
        """
        characters: list[str] = []
        starts: list[int] = []
        stops: list[int] = []
        place = 0
        for character, change in changes:
            characters.append(character)
            if not self.starts:
                continue
            if change > 0:
                starts.append(self.starts[place - 1] if place else self.origin)
                stops.append(self.stops[place - 1] if place else self.origin)
            else:
                starts.append(self.starts[place])
                stops.append(self.stops[place])
                place += 1 - change
        self.text = "".join(characters)
        self.starts = starts
        self.stops = stops


def _repeat(values: list[int], counts: list[int]) -> list[int]:
    return [value for value, count in zip(values, counts, strict=True) for _ in range(count)]
