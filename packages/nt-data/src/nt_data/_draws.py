"""Random numbers that belong to samples: the same whatever the batch and the worker."""

from __future__ import annotations

import math

import numpy as np
from nt_tensor import Generator
from numpy.typing import ArrayLike, NDArray

__all__ = ["Draws", "as_draws"]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


class Draws:
    """A stream of random numbers for each sample of a batch.

    All streams advance together, so a transform draws for the whole batch at once, and what a
    sample gets depends on its own key alone. A loader gives its transform the draws of (seed,
    epoch, sample).

    Args:
        keys: (n,) integers, one a sample.

    Raises:
        ValueError: the keys are not integers in one dimension.

    Example:
        >>> together, alone = Draws([7, 8, 9]), Draws([8])
        >>> bool(together.uniform()[1] == alone.uniform()[0])
        True
        >>> together.integers(0, 10, (2,)).shape
        (3, 2)

    Source: Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014
    (SplitMix64).
    """

    keys: NDArray[np.uint64]  # (n,)

    def __init__(self, keys: ArrayLike) -> None:
        array = np.asarray(keys)
        if array.ndim != 1 or array.dtype.kind not in "iu":
            raise ValueError(
                "keys must be integers in one dimension, "
                f"got shape {array.shape} and dtype {array.dtype}"
            )
        self.keys = _mixed(array.astype(np.uint64))
        self._drawn = 0

    @classmethod
    def of(cls, seed: int, epoch: int, samples: ArrayLike) -> Draws:
        """Give the draws of samples in an epoch.

        Args:
            seed: zero or larger.
            epoch: zero or larger.
            samples: (n,) their indices in the data set.

        Example:
            >>> Draws.of(0, 1, [5, 6]).uniform().shape
            (2,)
        """
        base = np.random.SeedSequence((seed, epoch)).generate_state(1, np.uint64)
        return cls(_mixed(np.asarray(samples, np.int64).astype(np.uint64)) + base)

    def __len__(self) -> int:
        return len(self.keys)

    def uniform(self, shape: tuple[int, ...] = ()) -> NDArray[np.float64]:
        """Draw evenly from 0, inclusive, to 1, exclusive: (n, *shape).

        Example:
            >>> bool((Draws([1, 2]).uniform((1000,)).mean(1).round(1) == 0.5).all())
            True
        """
        return (self._words(shape) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def integers(self, low: int, high: int, shape: tuple[int, ...] = ()) -> NDArray[np.int64]:
        """Draw integers from `low`, inclusive, to `high`, exclusive: (n, *shape).

        Raises:
            ValueError: `high` is not above `low`.

        Example:
            >>> sorted(set(Draws([3]).integers(-1, 2, (100,))[0].tolist()))
            [-1, 0, 1]
        """
        if high <= low:
            raise ValueError(f"high ({high}) must be above low ({low})")
        return low + (self.uniform(shape) * (high - low)).astype(np.int64)

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Draws:
        """Give streams of their own to some of the samples, chosen by a mask or by their places.

        Example:
            >>> len(Draws([1, 2, 3]).take(np.array([True, False, True])))
            2
        """
        return Draws(self._words(())[chosen])

    def _words(self, shape: tuple[int, ...]) -> NDArray[np.uint64]:
        count = math.prod(shape)
        steps = np.arange(self._drawn + 1, self._drawn + count + 1, dtype=np.uint64) * _STEP
        self._drawn += count
        return _mixed(self.keys[:, None] + steps).reshape(len(self.keys), *shape)


def as_draws(random: Draws | Generator, samples: int) -> Draws:
    """Take draws as they are, or give each of so many samples a key from a generator.

    Example:
        >>> len(as_draws(Generator(0), 4))
        4
    """
    if isinstance(random, Draws):
        if len(random) != samples:
            raise ValueError(f"{len(random)} streams were given for {samples} samples")
        return random
    if not isinstance(random, Generator):
        raise TypeError(f"random must be a Generator or Draws, got {type(random).__name__}")
    return Draws(random.integers(0, 2**63 - 1, (samples,), device="cpu"))


def _mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    words = (words ^ (words >> np.uint64(30))) * _FIRST
    words = (words ^ (words >> np.uint64(27))) * _SECOND
    return words ^ (words >> np.uint64(31))
