"""Spans of tokens hidden behind one sentinel each: T5's span corruption."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nt_data._draws import Draws, as_draws
from nt_data.transforms._base import Random

__all__ = ["SpanCorruption"]


@dataclass(frozen=True)
class SpanCorruption:
    """Replace random spans by sentinels; the targets are the spans behind their sentinels.

    Of a row of n tokens, `round(n * noise_density)` are hidden, in as many spans as
    `mean_span_length` says. Kept and hidden spans alternate, a kept one first, each at least one
    token long; all divisions into spans are equally likely. All rows of a batch get the same
    lengths.

    It gives inputs and targets, int64, of the lengths that `lengths` tells.

    Args:
        sentinel_ids: one token for each span in its order; T5 uses its last 100, the last first.
        eos_id: ends inputs and targets; None leaves it out.
        noise_density: the share of tokens that is hidden.
        mean_span_length: tokens a span, on average.

    Raises:
        ValueError: a number out of range, rows too short to hide anything, or too few sentinels.

    Example:
        >>> from nt_tensor import Generator
        >>> corrupt = SpanCorruption(sentinel_ids=(99, 98), eos_id=1)
        >>> inputs, targets = corrupt(np.arange(10, 30).reshape(1, 20), Generator(0))
        >>> inputs.shape, targets.shape, int(targets[0, 0]), int(targets[0, -1])
        ((1, 19), (1, 5), 99, 1)

    Source: Raffel et al., "Exploring the Limits of Transfer Learning with T5", 2020, §3.1.4;
    `random_spans_noise_mask` in the T5 code.
    """

    sentinel_ids: tuple[int, ...]
    eos_id: int | None
    noise_density: float = 0.15
    mean_span_length: float = 3.0

    def __post_init__(self) -> None:
        if not 0 < self.noise_density < 1:
            raise ValueError(f"noise_density ({self.noise_density}) must be between 0 and 1")
        if not 1 <= self.mean_span_length < math.inf:
            raise ValueError(
                f"mean_span_length ({self.mean_span_length}) must be at least 1, and finite"
            )

    def lengths(self, length: int) -> tuple[int, int]:
        """Say how long inputs and targets of rows of `length` tokens are.

        Example:
            >>> SpanCorruption(tuple(range(100)), eos_id=1).lengths(512)
            (462, 104)
        """
        noise, spans = self._counts(length)
        end = self.eos_id is not None
        return length - noise + spans + end, noise + spans + end

    def __call__(
        self, tokens: NDArray[np.integer[Any]], random: Random
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give inputs and targets of rows of tokens, (n, length)."""
        tokens = np.asarray(tokens)
        if tokens.ndim != 2 or tokens.dtype.kind not in "iu":
            raise ValueError(
                f"tokens must be (n, length) integers, got shape {tokens.shape} and {tokens.dtype}"
            )
        n, length = tokens.shape
        noise, spans = self._counts(length)
        draws = as_draws(random, n)
        hidden = _segments(noise, spans, draws)
        kept = _segments(length - noise, spans, draws)
        # Starts of the 2 * spans alternating segments; odd ones are hidden.
        both = np.stack([kept, hidden], 2).reshape(n, 2 * spans)
        starts = np.zeros((n, length), np.int64)
        begin = both.cumsum(1)[:, :-1]
        starts[np.arange(n)[:, None], begin] = 1
        segment = starts.cumsum(1)
        masked = segment % 2 == 1
        return (
            self._replaced(tokens, masked, starts, segment),
            self._replaced(tokens, ~masked, starts, segment),
        )

    def _counts(self, length: int) -> tuple[int, int]:
        noise = min(max(round(length * self.noise_density), 1), length - 1)
        spans = min(max(round(noise / self.mean_span_length), 1), length - noise)
        if length < 2:
            raise ValueError(f"rows of {length} tokens are too short: one must stay, one be hidden")
        if spans > len(self.sentinel_ids):
            raise ValueError(
                f"rows of {length} tokens have {spans} spans, there are only "
                f"{len(self.sentinel_ids)} sentinel_ids"
            )
        return noise, spans

    def _replaced(
        self,
        tokens: NDArray[np.integer[Any]],
        replaced: NDArray[np.bool_],
        starts: NDArray[np.int64],
        segment: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        n = len(tokens)
        first = starts.astype(np.bool_)
        first[:, 0] = True
        sentinels = np.asarray(self.sentinel_ids, np.int64)[segment // 2]
        ids = np.where(replaced, sentinels, tokens)
        rows = ids[~replaced | (replaced & first)].reshape(n, -1)
        if self.eos_id is None:
            return rows
        return np.concatenate([rows, np.full((n, 1), self.eos_id, np.int64)], 1)


def _segments(items: int, parts: int, draws: Draws) -> NDArray[np.int64]:
    """(n, parts) lengths, each at least 1, that sum to `items`; all such rows equally likely."""
    order = draws.uniform((items - 1,)).argsort(1)[:, : parts - 1] if items > 1 else None
    cuts = np.sort(order, 1) + 1 if order is not None else np.zeros((len(draws), 0), np.int64)
    ends = np.full((len(draws), 1), items)
    return np.diff(np.concatenate([cuts, ends], 1), axis=1, prepend=0)
