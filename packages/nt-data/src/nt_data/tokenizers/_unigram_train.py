"""Fitting the unigram model: expectation, maximisation, pruning.

Source: Kudo, "Subword Regularization", 2018, §3.2; the digamma step and the pruning follow
SentencePiece, `unigram_model_trainer.cc`.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import pairwise

__all__ = ["learn_unigram"]

_KEPT = 0.75  # of the vocabulary in one round of pruning
_ROUNDS = 2  # of expectation and maximisation between prunings
_SEED_FACTOR = 12  # how many times the wanted vocabulary to begin with
_RARE = 0.5  # a token that is expected less often is dropped


def learn_unigram(
    words: Mapping[str, int], size: int, max_length: int = 16
) -> list[tuple[str, float]]:
    """Learn tokens and their log probabilities from words and how often they occur.

    Args:
        words: how often each word occurs.
        size: how many tokens to have at most; all single characters are among them.
        max_length: how many characters a token has at most.

    Returns:
        The tokens with their log probabilities, the most probable first.

    Example:
        >>> [piece for piece, _ in learn_unigram({"abab": 9, "cab": 1}, 4)][0]
        'abab'
    """
    letters = {character for word in words for character in word}
    scores = _seed(words, max(size * _SEED_FACTOR, 10_000), max_length)
    while True:
        for _ in range(_ROUNDS):
            expected = _expected(words, scores, max_length)
            kept = {p: n for p, n in expected.items() if n >= _RARE or p in letters}
            scores = _maximised(kept)
        if len(scores) <= size:
            break
        scores = _pruned(words, scores, letters, max(size, int(_KEPT * len(scores))), max_length)
    # Single characters that no best path needed still have to be written: below all others.
    least = min(scores.values(), default=0.0)
    for rank, letter in enumerate(sorted(letters - scores.keys()), 1):
        scores[letter] = least - rank * 1e-4
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    spare = len(ranked) - size
    if spare > 0:
        longer = [piece for piece, _ in reversed(ranked) if piece not in letters]
        dropped = set(longer[:spare])
        ranked = [item for item in ranked if item[0] not in dropped]
    return ranked


def _seed(words: Mapping[str, int], size: int, max_length: int) -> dict[str, float]:
    """Begin with the characters and the substrings that cover most, each by count times length."""
    counts: Counter[str] = Counter()
    for word, count in words.items():
        for start in range(len(word)):
            for stop in range(start + 1, min(len(word), start + max_length) + 1):
                counts[word[start:stop]] += count
    weighed = [
        (count * len(piece), piece)
        for piece, count in counts.items()
        if len(piece) == 1 or count > 1
    ]
    weighed.sort(key=lambda item: (len(item[1]) > 1, -item[0], item[1]))
    total = math.log(sum(weight for weight, _ in weighed[:size]) or 1)
    return {piece: math.log(weight) - total for weight, piece in weighed[:size]}


def _arcs(word: str, scores: Mapping[str, float], max_length: int) -> list[list[tuple[int, float]]]:
    """For each place, the tokens that end there: where they begin, and their scores."""
    arcs: list[list[tuple[int, float]]] = [[]]
    for stop in range(1, len(word) + 1):
        arcs.append(
            [
                (start, scores[piece])
                for start in range(max(0, stop - max_length), stop)
                if (piece := word[start:stop]) in scores
            ]
        )
    return arcs


def _expected(
    words: Mapping[str, int], scores: Mapping[str, float], max_length: int
) -> dict[str, float]:
    """How often each token is expected, over all ways to write each word."""
    expected: defaultdict[str, float] = defaultdict(float)
    exp, log = math.exp, math.log
    for word, count in words.items():
        length = len(word)
        arcs = _arcs(word, scores, max_length)
        # Log of the summed probability of all ways to each place, and from each place on.
        forward = [0.0] + [-math.inf] * length
        for stop in range(1, length + 1):
            terms = [forward[start] + score for start, score in arcs[stop]]
            if terms and (top := max(terms)) > -math.inf:
                forward[stop] = top + log(sum([exp(term - top) for term in terms]))
        backward = [-math.inf] * length + [0.0]
        leaving: list[list[tuple[int, float]]] = [[] for _ in range(length)]
        for stop in range(1, length + 1):
            for start, score in arcs[stop]:
                leaving[start].append((stop, score))
        for start in range(length - 1, -1, -1):
            terms = [backward[stop] + score for stop, score in leaving[start]]
            if terms and (top := max(terms)) > -math.inf:
                backward[start] = top + log(sum([exp(term - top) for term in terms]))
        whole = forward[length]
        if whole == -math.inf:
            continue
        for stop in range(1, length + 1):
            for start, score in arcs[stop]:
                share = forward[start] + score + backward[stop] - whole
                if share > -50:
                    expected[word[start:stop]] += count * exp(share)
    return expected


def _maximised(expected: Mapping[str, float]) -> dict[str, float]:
    """Give log probabilities; the digamma function holds rare tokens down (a sparse prior)."""
    positive = {piece: count for piece, count in expected.items() if count > 0}
    total = _digamma(sum(positive.values()))
    return {piece: _digamma(max(count, 1e-3)) - total for piece, count in positive.items()}


def _digamma(x: float) -> float:
    """The logarithmic derivative of the gamma function, for x > 0.

    Example:
        >>> round(_digamma(1.0), 6)  # minus Euler's constant
        -0.577216
    """
    below = 0.0
    while x < 7:
        below += 1 / x
        x += 1
    y = 1 / (x * x)
    return math.log(x) - 0.5 / x - y * (1 / 12 - y * (1 / 120 - y / 252)) - below


def _best(word: str, scores: Mapping[str, float], max_length: int, without: str = "") -> list[str]:
    """Write a word in its most probable tokens, perhaps without one of them; [] if it cannot be."""
    length = len(word)
    best = [0.0] + [-math.inf] * length
    come = [0] * (length + 1)
    for stop in range(1, length + 1):
        for start in range(max(0, stop - max_length), stop):
            piece = word[start:stop]
            score = scores.get(piece)
            if score is not None and piece != without and best[start] + score > best[stop]:
                best[stop], come[stop] = best[start] + score, start
    if best[length] == -math.inf:
        return []
    cuts = [length]
    while cuts[-1] > 0:
        cuts.append(come[cuts[-1]])
    return [word[start:stop] for start, stop in pairwise(reversed(cuts))]


def _pruned(
    words: Mapping[str, int],
    scores: Mapping[str, float],
    letters: set[str],
    size: int,
    max_length: int,
) -> dict[str, float]:
    """Drop the tokens whose loss costs the least likelihood; single characters stay."""
    used: Counter[str] = Counter()
    for word, count in words.items():
        for piece in _best(word, scores, max_length):
            used[piece] += count
    total = sum(used.values())
    log_total = math.log(total)
    losses: list[tuple[float, str]] = []
    for piece in scores:
        if piece in letters or not used[piece]:
            continue
        instead = _best(piece, scores, max_length, without=piece)
        if not instead:
            losses.append((-math.inf, piece))
            continue
        # With the token gone, its uses are those of the tokens that take its place.
        count = used[piece]
        more = math.log(total + count * (len(instead) - 1))
        alternative = sum(math.log(used[other] + count) - more for other in instead)
        losses.append((-count * (math.log(count) - log_total - alternative), piece))
    losses.sort()
    room = size - sum(piece in letters for piece in scores)
    kept = {piece for _, piece in losses[: max(room, 0)]}
    return {p: s for p, s in scores.items() if p in letters or p in kept}
