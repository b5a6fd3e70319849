"""What becomes of a delimiter: dropped, a word of its own, or joined to a neighbour."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

__all__ = ["BEHAVIORS", "Behavior", "Span", "isolated", "merged_with_next", "removed"]

Span = tuple[int, int]
Parts = Iterable[tuple[Span, bool]]  # the whole text in order; True marks delimiters
Behavior = Callable[[Parts], Iterable[Span]]


def removed(parts: Parts) -> Iterator[Span]:
    """Drop delimiters.

    Example:
        >>> parts = [((0, 1), False), ((1, 2), True), ((2, 3), True), ((3, 4), False)]  # a--b
        >>> [list(BEHAVIORS[name](parts)) for name in ("Removed", "Isolated", "Contiguous")]
        [[(0, 1), (3, 4)], [(0, 1), (1, 2), (2, 3), (3, 4)], [(0, 1), (1, 3), (3, 4)]]
        >>> [list(BEHAVIORS[name](parts)) for name in ("MergedWithPrevious", "MergedWithNext")]
        [[(0, 2), (2, 3), (3, 4)], [(0, 1), (1, 2), (2, 4)]]
    """
    return (span for span, delimits in parts if not delimits)


def isolated(parts: Parts) -> Iterator[Span]:
    """Make each delimiter a word."""
    return (span for span, _ in parts)


def merged_with_next(parts: Parts) -> list[Span]:
    """Begin a word with the delimiter before it."""
    turned = [((-stop, -start), delimits) for (start, stop), delimits in reversed(list(parts))]
    return [(-stop, -start) for start, stop in reversed(_merged_with_previous(turned))]


def _merged_with_previous(parts: Parts) -> list[Span]:
    """End a word with the delimiter behind it."""
    spans: list[Span] = []
    before = False
    for (start, stop), delimits in parts:
        if delimits and not before and spans:
            spans[-1] = spans[-1][0], stop
        else:
            spans.append((start, stop))
        before = delimits
    return spans


def _contiguous(parts: Parts) -> list[Span]:
    """Make each run of delimiters a word."""
    spans: list[Span] = []
    before = False
    for (start, stop), delimits in parts:
        if delimits == before and spans:
            spans[-1] = spans[-1][0], stop
        else:
            spans.append((start, stop))
        before = delimits
    return spans


BEHAVIORS: dict[str, Behavior] = {
    "Removed": removed,
    "Isolated": isolated,
    "MergedWithPrevious": _merged_with_previous,
    "MergedWithNext": merged_with_next,
    "Contiguous": _contiguous,
}
