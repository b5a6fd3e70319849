"""Applying merges to one piece: always the earliest learned pair next, in n log n steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise

__all__ = ["Merges", "merge_piece"]

Pair = tuple[int, int]
Merges = Mapping[Pair, tuple[int, int]]  # (left, right) -> (rank, merged id)


def merge_piece(ids: Sequence[int], merges: Merges) -> tuple[list[int], list[int]]:
    """Merge neighbours until no pair has a merge, lowest rank first, leftmost first among equals.

    The ids are a linked list and the pairs wait in a heap, so that a piece of a million characters
    (a line of base64, say) costs n log n and not n squared.

    Returns:
        The merged ids, and at which of the given ids each begins.

    Example:
        >>> merge_piece([0, 0, 0, 1], {(0, 0): (0, 2), (2, 0): (1, 3), (0, 1): (2, 4)})
        ([3, 1], [0, 3])
    """
    symbols = list(ids)
    n = len(symbols)
    queue = []
    for place, pair in enumerate(pairwise(symbols)):
        if pair in merges:
            rank, merged = merges[pair]
            queue.append((rank, place, *pair, merged))
    if not queue:
        return symbols, list(range(n))
    after = list(range(1, n + 1))  # the next living position
    before = list(range(-1, n - 1))
    heapify(queue)
    while queue:
        _, place, left, right, merged = heappop(queue)
        other = after[place]
        # An entry is stale where an earlier merge took one of its two symbols.
        if symbols[place] != left or other >= n or symbols[other] != right:
            continue
        symbols[place] = merged
        symbols[other] = -1
        end = after[place] = after[other]
        if end < n:
            before[end] = place
            if (follow := merges.get((merged, symbols[end]))) is not None:
                heappush(queue, (follow[0], place, merged, symbols[end], follow[1]))
        start = before[place]
        if start >= 0 and (lead := merges.get((symbols[start], merged))) is not None:
            heappush(queue, (lead[0], start, symbols[start], merged, lead[1]))
    places = [place for place, symbol in enumerate(symbols) if symbol >= 0]
    return [symbols[place] for place in places], places
