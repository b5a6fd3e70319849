"""Tokens hidden for a model to find: BERT's masked language modelling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nt_data._draws import as_draws
from nt_data._windows import IGNORED
from nt_data.transforms._base import Random, probability

__all__ = ["MaskTokens"]

Tokens = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class MaskTokens:
    """Hide some tokens of each row: 80 % become the mask, 10 % any token, 10 % stay.

    Of n tokens that are not special, `max(1, round(n * probability))` are chosen, so that no row is
    without a target unless it has nothing but special tokens.

    It gives the tokens as the model sees them, and the labels: the token where one was chosen, -100
    elsewhere; (n, length) int64 both.

    Args:
        mask_id: the token that hides others.
        vocab_size: any token is drawn from 0 to this.
        special_ids: tokens that are never chosen, padding among them.
        probability: the share that is chosen.

    Raises:
        ValueError: a number out of range, or tokens that are not (n, length) integers.

    Example:
        >>> from nt_tensor import Generator
        >>> tokens = np.arange(10, 30).reshape(1, 20)
        >>> inputs, labels = MaskTokens(mask_id=4, vocab_size=100)(tokens, Generator(0))
        >>> int((labels != -100).sum()), bool((inputs[labels == -100] >= 10).all())
        (3, True)

    Source: Devlin et al., "BERT", 2019, §3.1 and A.1; whole words as in BERT's
    `create_pretraining_data.py`.
    """

    mask_id: int
    vocab_size: int
    special_ids: tuple[int, ...] = ()
    probability: float = 0.15

    def __post_init__(self) -> None:
        probability("probability", self.probability)
        if not 0 <= self.mask_id < self.vocab_size:
            raise ValueError(f"mask_id ({self.mask_id}) must be below {self.vocab_size}")

    def __call__(
        self, tokens: Tokens, random: Random, words: Tokens | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give inputs and labels.

        With `words`, (n, length) the number of the word that each token is part of, tokens of a
        word are chosen together, and words that would exceed the number to choose are passed over.
        """
        given = np.asarray(tokens)
        if given.ndim != 2 or given.dtype.kind not in "iu":
            raise ValueError(
                f"tokens must be (n, length) integers, got shape {given.shape} and {given.dtype}"
            )
        if words is not None and np.shape(words) != given.shape:
            raise ValueError(f"words must be of shape {given.shape}, got {np.shape(words)}")
        inputs = given.astype(np.int64)
        draws = as_draws(random, len(inputs))
        free = ~np.isin(inputs, self.special_ids)
        wanted = np.maximum(1, np.rint(free.sum(1) * self.probability)).astype(np.int64)
        if self.probability == 0:
            wanted[:] = 0
        score = draws.uniform((inputs.shape[1],))
        score[~free] = 2.0  # behind all others
        if words is None:
            place = score.argsort(1, kind="stable").argsort(1, kind="stable")
            chosen = free & (place < wanted[:, None])
        else:
            chosen = np.stack([
                _whole_words(*row)
                for row in zip(np.asarray(words), free, score, wanted.tolist(), strict=True)
            ]) if len(inputs) else free  # fmt: skip
        labels = np.where(chosen, inputs, IGNORED)
        fate = draws.uniform((inputs.shape[1],))
        anything = draws.integers(0, self.vocab_size, (inputs.shape[1],))
        inputs = np.where(chosen & (fate < 0.8), self.mask_id, inputs)
        inputs = np.where(chosen & (fate >= 0.9), anything, inputs)
        return inputs, labels


def _whole_words(
    words: Tokens, free: NDArray[np.bool_], score: NDArray[np.float64], wanted: int
) -> NDArray[np.bool_]:
    chosen = np.zeros(len(words), np.bool_)
    places = np.flatnonzero(free)
    if not len(places):
        return chosen
    names, word = np.unique(words[places], return_inverse=True)
    size = np.bincount(word)
    order = score[places[np.unique(word, return_index=True)[1]]].argsort(kind="stable")
    left, taken = wanted, np.zeros(len(names), np.bool_)
    for each in order.tolist():
        if size[each] <= left:
            taken[each] = True
            left -= int(size[each])
    if wanted and not taken.any():  # every word is longer than the number to choose
        taken[order[0]] = True
    chosen[places] = taken[word]
    return chosen
