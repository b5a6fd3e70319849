"""Learning merges: the most frequent pair becomes a token, again and again.

The counts of pairs are kept up to date instead of counted anew. A merge visits only the places
where its pair stands and changes only the counts of the pairs beside it, so all merges together
take a number of steps that is linear in the length of the text's distinct pieces.
Source: Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units",
2016, algorithm 1.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush

from nt_data.tokenizers._byte_alphabet import BYTE_ORDER

__all__ = ["learn_merges", "learn_pairs"]

Pair = tuple[int, int]


def learn_merges(
    pieces: Mapping[bytes, int], size: int, *, min_count: int = 2
) -> tuple[list[bytes], list[Pair]]:
    """Grow the vocabulary of the 256 bytes until it has `size` tokens.

    Args:
        pieces: how often each piece of the text occurs.
        size: how many tokens to reach; the first 256 are the bytes, in the order of `BYTE_ORDER`.
        min_count: how often a pair must occur to become a token, at least 1.

    Returns:
        The vocabulary, and the merges in the order in which they were learned.

    Example:
        >>> vocabulary, merges = learn_merges({b"aaab": 5, b"ab": 1}, 258)
        >>> vocabulary[256:], merges
        ([b'aa', b'ab'], [(64, 64), (64, 65)])
    """
    vocabulary = [bytes([byte]) for byte in BYTE_ORDER]
    id_of = {byte: i for i, byte in enumerate(BYTE_ORDER)}
    symbols = {tuple([id_of[byte] for byte in piece]): count for piece, count in pieces.items()}
    merges = learn_pairs(symbols, 256, size, min_count=min_count)
    for left, right in merges:
        vocabulary.append(vocabulary[left] + vocabulary[right])
    return vocabulary, merges


def learn_pairs(
    pieces: Mapping[tuple[int, ...], int] | Mapping[Sequence[int], int],
    following: int,
    size: int,
    *,
    min_count: int = 2,
) -> list[Pair]:
    """Give the pairs to merge, the most frequent first, until there are `size` ids.

    Among equally frequent pairs the smaller (first id, second id) wins. Learning ends early when
    no pair occurs `min_count` times.

    Args:
        pieces: how often each piece occurs, in ids.
        following: the id that the first merge makes; the next one makes the next.
        size: how many ids to reach.
        min_count: how often a pair must occur, at least 1.

    Example:
        >>> learn_pairs({(0, 0, 0, 1): 5, (0, 1): 1}, 2, 4)
        [(0, 0), (0, 1)]
    """
    merges: list[Pair] = []

    # All pieces in one linked list; -1 ends a piece on either side, and marks what was merged away.
    symbols: list[int] = []
    weights: list[int] = []  # how often the piece of this position occurs
    for piece, weight in pieces.items():
        symbols.extend(piece)
        symbols.append(-1)
        weights.extend([weight] * (len(piece) + 1))
    after = list(range(1, len(symbols) + 1))
    before = list(range(-1, len(symbols) - 1))

    counts: Counter[Pair] = Counter()
    places: defaultdict[Pair, list[int]] = defaultdict(list)  # where a pair stood, ascending
    for place in range(len(symbols) - 1):
        left, right = symbols[place], symbols[place + 1]
        if left >= 0 and right >= 0:
            counts[left, right] += weights[place]
            places[left, right].append(place)
    queue = [(-count, pair) for pair, count in counts.items()]
    heapify(queue)

    while queue and following < size:
        negative, pair = heappop(queue)
        count = counts[pair]
        if count < min_count:
            continue
        if count != -negative:  # it has become rarer since it was queued
            heappush(queue, (-count, pair))
            continue
        left, right = pair
        merged = following
        following += 1
        merges.append(pair)

        more: set[Pair] = set()
        for place in places.pop(pair):
            other = after[place]
            # An overlapping merge ("aaa") or an earlier one may have taken a symbol of this place.
            if symbols[place] != left or symbols[other] != right:
                continue
            weight = weights[place]
            symbols[place] = merged
            symbols[other] = -1
            start, end = before[place], after[other]
            after[place], before[end] = end, place
            if start >= 0 and (lead := symbols[start]) >= 0:
                counts[lead, left] -= weight
                counts[lead, merged] += weight
                places[lead, merged].append(start)
                more.add((lead, merged))
            if (follow := symbols[end]) >= 0:
                counts[right, follow] -= weight
                counts[merged, follow] += weight
                places[merged, follow].append(place)
                more.add((merged, follow))
        del counts[pair]
        for grown in more:
            heappush(queue, (-counts[grown], grown))
    return merges
