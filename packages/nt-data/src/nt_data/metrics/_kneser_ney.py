"""Interpolated Kneser-Ney: the strongest baseline that counting gives a language model."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nt_data.metrics._ngram import checked_tokens

__all__ = ["KneserNey", "trigram_cross_entropy"]

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]


class KneserNey:
    r"""An n-gram model with modified, interpolated Kneser-Ney smoothing.

    $$p(w \mid h) = \frac{c(hw) - D(c(hw))}{c(h)} + \gamma(h) \, p(w \mid h'), \qquad
    \gamma(h) = \frac{D_1 N_1(h) + D_2 N_2(h) + D_3 N_{3+}(h)}{c(h)}$$

    $h'$ is the history $h$ without its first token. Below the highest order, counts are those of
    different tokens seen before an n-gram; below single tokens stands $1/V$. The discounts of one,
    two and more occurrences follow from how many n-grams occur once to four times; where there are
    too few to tell, all are $1/2$. Nothing is tuned on the tokens that are predicted.

    Args:
        train: (N,) token ids to count.
        vocab_size: how many ids there are, $V$.
        order: tokens an n-gram has; 3 is a trigram.

    Raises:
        ValueError: too few tokens, not integers in one dimension, an id that is not below $V$, or
            an order below 1.

    Example:
        >>> model = KneserNey([0, 1, 2] * 100, vocab_size=3)
        >>> model.probabilities([0, 1]).round(2)
        array([0., 0., 1.])

    Source: Chen & Goodman, "An Empirical Study of Smoothing Techniques for Language Modeling",
    1998, §3 and eq. 26.
    """

    def __init__(self, train: ArrayLike, vocab_size: int, *, order: int = 3) -> None:
        if order < 1:
            raise ValueError(f"order ({order}) must be at least 1")
        tokens = checked_tokens("train", train, vocab_size)
        if len(tokens) < order:
            raise ValueError(f"train has {len(tokens)} tokens, an order of {order} needs as many")
        self.vocab_size, self.order = vocab_size, order
        # An n-gram's id: that of the n-gram before its last token, times V, plus this token.
        self._levels: list[_Level] = []
        ids = np.zeros(len(tokens) + 1, np.int64)  # of the empty history
        occurrences = []
        for length in range(1, order + 1):
            pairs = ids[: len(tokens) - length + 1] * vocab_size + tokens[length - 1 :]
            keys, place, counts = np.unique(pairs, return_inverse=True, return_counts=True)
            self._levels.append(_Level(keys, len(self._levels[-1].keys) if self._levels else 1))
            occurrences.append((place.astype(np.int64), counts.astype(np.int64)))
            ids = place.astype(np.int64)
        for length in range(1, order + 1):
            place, counts = occurrences[length - 1]
            if length < order:  # before how many different tokens each n-gram was seen
                longer, _ = occurrences[length]
                # The n-gram that a longer one ends with stands one place later.
                ending = np.empty(len(self._levels[length].keys), np.int64)
                ending[longer] = place[1 : len(longer) + 1]
                counts = np.bincount(ending, minlength=len(counts))
            self._levels[length - 1].weigh(counts.astype(np.int64), vocab_size)

    def log_probabilities(self, tokens: ArrayLike) -> Floats:
        """Give the log-probability of every token but the first, from the tokens before it.

        Args:
            tokens: (T,) token ids, at least two.

        Returns:
            (T - 1,) nats; the first has a history of one token, and so on up to the order.

        Raises:
            ValueError: as for the training tokens.

        Example:
            >>> KneserNey([0, 1] * 50, vocab_size=2).log_probabilities([0, 1, 0]).round(2)
            array([-0.29, -0.  ])
        """
        seen = checked_tokens("tokens", tokens, self.vocab_size)
        found = np.full(len(seen), 1 / self.vocab_size)
        for length in range(1, self.order + 1):
            # Position t is predicted from tokens t - length + 1 .. t - 1, where there are so many.
            begin = length - 1
            if len(seen) <= begin:
                break
            history = self._history([seen[k : len(seen) - begin + k] for k in range(begin)],
                                    len(seen) - begin)  # fmt: skip
            level = self._levels[length - 1]
            found[begin:] = level.mixed(history, seen[begin:], found[begin:], self.vocab_size)
        return np.asarray(np.log(found[1:]))

    def probabilities(self, history: ArrayLike) -> Floats:
        """Give the distribution of the token after a history, (vocab_size,).

        Args:
            history: tokens; the last `order - 1` of them count.

        Raises:
            ValueError: an id outside the vocabulary.

        Example:
            >>> float(KneserNey([0, 1, 2, 0, 2], vocab_size=4).probabilities([3, 0]).sum().round(6))
            1.0
        """
        past = np.asarray(history, np.int64).reshape(-1)
        if len(past) and (past.min() < 0 or past.max() >= self.vocab_size):
            raise ValueError(f"history {past.tolist()} has ids outside 0 to {self.vocab_size - 1}")
        every = np.arange(self.vocab_size)
        found = np.full(self.vocab_size, 1 / self.vocab_size)
        for length in range(1, min(self.order, len(past) + 1) + 1):
            given = past[len(past) - length + 1 :]
            columns = [np.full(self.vocab_size, token) for token in given]
            level = self._levels[length - 1]
            ids = self._history(columns, self.vocab_size)
            found = level.mixed(ids, every, found, self.vocab_size)
        return found

    def _history(self, columns: list[Ids], rows: int) -> Ids:
        """Ids of n-grams given by their tokens, (rows,); -1 where one was never seen."""
        ids = np.zeros(rows, np.int64)
        for level, tokens in zip(self._levels, columns, strict=False):
            ids = level.find(ids, tokens, self.vocab_size)
        return ids


class _Level:
    """All n-grams of one length: sorted ids, their discounted shares, and what histories keep."""

    def __init__(self, keys: Ids, histories: int) -> None:
        self.keys = keys
        self.histories = histories  # n-grams that are one token shorter
        self.share: Floats  # (n-grams,) (c - D) / c(h)
        self.back_off: Floats  # (histories,) gamma(h), 1 where nothing followed

    def weigh(self, counts: Ids, vocab_size: int) -> None:
        discount = _discounts(counts)[np.minimum(counts, 3)]
        history = self.keys // vocab_size
        total = np.bincount(history, counts, self.histories)
        taken = np.bincount(history, discount, self.histories)
        self.share = (counts - discount) / np.maximum(total, 1)[history]
        self.back_off = np.where(total > 0, taken / np.maximum(total, 1), 1.0)

    def find(self, history: Ids, tokens: Ids, vocab_size: int) -> Ids:
        wanted = np.where(history >= 0, history * vocab_size + tokens, -1)
        place = np.searchsorted(self.keys, wanted).clip(max=len(self.keys) - 1)
        return np.where(self.keys[place] == wanted, place, -1)

    def mixed(self, history: Ids, tokens: Ids, lower: Floats, vocab_size: int) -> Floats:
        place = self.find(history, tokens, vocab_size)
        share = np.where(place >= 0, self.share[place], 0.0)
        gamma = np.where(history >= 0, self.back_off[history], 1.0)
        return np.asarray(share + gamma * lower)


def _discounts(counts: Ids) -> Floats:
    """What is taken off counts of 0, 1, 2 and 3 or more."""
    n1, n2, n3, n4 = (int(n) for n in np.bincount(counts.clip(0, 5), minlength=6)[1:5])
    if not (n1 and n2 and n3):
        return np.array([0.0, 0.5, 0.5, 0.5])
    y = n1 / (n1 + 2 * n2)
    found = np.array([0.0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3])
    return found if (found[1:] > 0).all() else np.array([0.0, 0.5, 0.5, 0.5])


def trigram_cross_entropy(train: ArrayLike, validation: ArrayLike, vocab_size: int) -> float:
    """Nats per token when every token is predicted from the two before it, by Kneser-Ney.

    The first validation token is not predicted, as with the unigram and the bigram.

    Args:
        train: (N,) token ids to count.
        validation: (T,) token ids to predict, at least two.
        vocab_size: how many ids there are.

    Raises:
        ValueError: as for `KneserNey`.

    Example:
        >>> text = [0, 1, 0, 2] * 500
        >>> trigram_cross_entropy(text, text, vocab_size=3) < 0.01
        True
    """
    return float(-KneserNey(train, vocab_size).log_probabilities(validation).mean())
