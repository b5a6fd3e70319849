"""What a translation must beat: each word by the word that most likely stands for it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["WordForWord"]


class WordForWord:
    r"""Translate word by word, in the order of the source, with the dictionary of IBM's model 1.

    Expectation-maximisation estimates $t(f \mid e)$, how likely target word $f$ stands for source
    word $e$, from pairs of sentences alone; a word that belongs to none is explained by an empty
    source word. Each source word then becomes its likeliest target word; unknown ones stay.

    Args:
        sources: sentences, each a list of words.
        targets: their translations.
        iterations: rounds of expectation and maximisation.

    Raises:
        ValueError: no pairs, other numbers of sentences, or no word in either language.

    Example:
        >>> sources = [["the", "house"], ["the", "book"], ["a", "book"]]
        >>> targets = [["das", "Haus"], ["das", "Buch"], ["ein", "Buch"]]
        >>> WordForWord(sources, targets).translate(["a", "house"])
        ['ein', 'Haus']

    Source: Brown et al., "The Mathematics of Statistical Machine Translation", 1993, §4.2.
    """

    dictionary: dict[str, str]  # the likeliest target word of each source word

    def __init__(
        self,
        sources: Sequence[Sequence[str]],
        targets: Sequence[Sequence[str]],
        *,
        iterations: int = 5,
    ) -> None:
        if len(sources) != len(targets) or not len(sources):
            raise ValueError(
                "sources and targets must be lists of one length, at least 1, "
                f"got {len(sources)} and {len(targets)}"
            )
        if iterations < 1:
            raise ValueError(f"iterations ({iterations}) must be at least 1")
        if isinstance(sources[0], str) or isinstance(targets[0], str):
            raise ValueError("each sentence must be a list of words, got a text: split it first")
        ours: dict[str, int] = {"": 0}  # the empty word stands in every source
        theirs: dict[str, int] = {}
        links, places, count = [], [], 0
        for source, target in zip(sources, targets, strict=True):
            e = np.array([0, *(ours.setdefault(word, len(ours)) for word in source)])
            f = np.array([theirs.setdefault(word, len(theirs)) for word in target], np.int64)
            links.append((np.tile(e, len(f)), np.repeat(f, len(e))))
            places.append(np.repeat(np.arange(count, count + len(f)), len(e)))
            count += len(f)
        if len(ours) == 1 or not theirs:
            raise ValueError("sources and targets must hold at least one word each")
        e, f = (np.concatenate([link[side] for link in links]) for side in (0, 1))
        likely = _estimated(e * len(theirs) + f, np.concatenate(places), len(theirs), iterations)
        self.dictionary = _likeliest(*likely, list(ours), list(theirs))

    def translate(self, words: Sequence[str]) -> list[str]:
        """Give the likeliest word for each word.

        Example:
            >>> WordForWord([["yes"]], [["oui"]]).translate(["yes", "sir"])
            ['oui', 'sir']
        """
        return [self.dictionary.get(word, word) for word in words]


def _estimated(
    pairs: NDArray[np.int64], places: NDArray[np.int64], targets: int, iterations: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Source and target of each pair of words that stood in one pair of sentences, and t(f | e)."""
    kinds, kind = np.unique(pairs, return_inverse=True)
    source, target = kinds // targets, kinds % targets
    chance = np.ones(len(kinds))
    for _ in range(iterations):
        weight = chance[kind]
        weight /= np.bincount(places, weight)[places]  # each target word is explained once
        expected = np.bincount(kind, weight, len(kinds))
        chance = expected / np.bincount(source, expected)[source]
    return source, target, chance


def _likeliest(
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    chance: NDArray[np.float64],
    ours: list[str],
    theirs: list[str],
) -> dict[str, str]:
    order = np.lexsort((-chance, source))
    first = np.append(True, np.diff(source[order]) != 0)
    best = order[first]
    return {
        ours[e]: theirs[f]
        for e, f in zip(source[best].tolist(), target[best].tolist(), strict=True)
        if e
    }
