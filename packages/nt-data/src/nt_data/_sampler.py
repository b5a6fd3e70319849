"""Which samples an epoch takes, and in which order, where it is not all of them evenly."""

from __future__ import annotations

import zlib
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nt_data._order import generator_of

__all__ = ["BucketSampler", "Sampler", "WeightedRandomSampler"]


@runtime_checkable
class Sampler(Protocol):
    """An order of samples for each epoch, determined by the seed and the epoch alone.

    A sampler that is made for data sets of one length may say so in an attribute `dataset_length`:
    a loader then refuses any other. What a sampler without it takes is not checked.

    Example:
        >>> isinstance(WeightedRandomSampler([1.0, 2.0]), Sampler)
        True
    """

    repeats: bool  # whether a sample may come twice in an epoch

    def __len__(self) -> int:
        """How many samples an epoch takes."""

    def indices(self, *, seed: int, epoch: int, batch_size: int) -> NDArray[np.int64]:
        """Give the epoch's samples in their order; each `batch_size` of them are a batch."""

    def identity(self) -> dict[str, Any]:
        """Say in JSON's types what the order follows from, to compare when a run resumes."""


class WeightedRandomSampler:
    r"""Draw samples with probabilities proportional to weights.

    Args:
        weights: (samples,) 0 or larger, one for each sample of the data set.
        num_samples: how many an epoch draws; None means as many as there are.
        replacement: whether a sample may be drawn again. Without, the next sample is drawn by
            weight among those that are left.

    Raises:
        ValueError: weights that are negative, not finite or all 0, or too few for `num_samples`.

    Example:
        >>> from nt_data import DataLoader
        >>> rare = WeightedRandomSampler([1, 1, 8], num_samples=1000)
        >>> drawn = np.concatenate(list(DataLoader([0, 1, 2], batch_size=100, sampler=rare)))
        >>> bool(750 < (drawn == 2).sum() < 850)
        True

    Source: Efraimidis & Spirakis, "Weighted random sampling with a reservoir", 2006 (without
    replacement).
    """

    weights: NDArray[np.float64]  # (samples,)
    repeats: bool

    def __init__(
        self, weights: ArrayLike, num_samples: int | None = None, *, replacement: bool = True
    ) -> None:
        array = np.asarray(weights, np.float64)
        if array.ndim != 1 or not np.isfinite(array).all() or (array < 0).any() or not array.any():
            raise ValueError(
                "weights must be a row of finite numbers, none negative and not all 0, "
                f"got shape {array.shape}"
            )
        number = len(array) if num_samples is None else num_samples
        most = int((array > 0).sum())
        if number < 1 or (not replacement and number > most):
            raise ValueError(
                f"num_samples ({number}) must be at least 1, and without replacement at most the "
                f"{most} samples of positive weight"
            )
        self.weights, self.num_samples, self.repeats = array, number, replacement

    def __len__(self) -> int:
        return self.num_samples

    @property
    def dataset_length(self) -> int:
        """How many samples it draws from, which is how many the data set must have."""
        return len(self.weights)

    def indices(self, *, seed: int, epoch: int, batch_size: int) -> NDArray[np.int64]:
        """Give the epoch's draws, (num_samples,).

        Example:
            >>> WeightedRandomSampler([0, 3]).indices(seed=0, epoch=0, batch_size=1)
            array([1, 1])
        """
        generator = generator_of(seed, epoch)
        if self.repeats:
            ends = self.weights.cumsum()
            drawn = generator.uniform((self.num_samples,), dtype="float64", device="cpu")
            places = np.searchsorted(ends, drawn * ends[-1], side="right")
            return np.asarray(np.minimum(places, int(np.flatnonzero(self.weights)[-1])), np.int64)
        drawn = generator.uniform((len(self.weights),), dtype="float64", device="cpu")
        with np.errstate(divide="ignore"):
            arrival = -np.log1p(-drawn) / self.weights  # the first of exponential waiting times
        arrival[self.weights == 0] = np.inf
        return np.asarray(arrival.argsort(kind="stable")[: self.num_samples], np.int64)

    def identity(self) -> dict[str, Any]:
        """Say what the order follows from.

        Example:
            >>> WeightedRandomSampler([1, 1]).identity()["num_samples"]
            2
        """
        return {
            "kind": "WeightedRandomSampler",
            "weights": zlib.crc32(self.weights.tobytes()),
            "num_samples": self.num_samples,
            "replacement": self.repeats,
        }


class BucketSampler:
    """Put samples of like lengths into one batch, so that little padding is needed.

    Each epoch the samples are shuffled, sorted by length within pools of some batches, cut into
    batches, and the batches shuffled; one that is not full comes last.

    Args:
        lengths: (samples,) how long each sample is.
        shuffle: without it the samples come sorted by length, the same each epoch.
        pool: batches that are sorted together: more give less padding and less chance.

    Raises:
        ValueError: lengths that are not integers in one dimension or are negative, or `pool`
            below 1.

    Example:
        >>> from nt_data import DataLoader
        >>> lengths = [9, 2, 8, 3]
        >>> buckets = DataLoader(lengths, batch_size=2, sampler=BucketSampler(lengths))
        >>> sorted(sorted(batch.tolist()) for batch in buckets)
        [[2, 3], [8, 9]]
    """

    lengths: NDArray[np.int64]  # (samples,)
    repeats = False

    def __init__(self, lengths: ArrayLike, *, shuffle: bool = True, pool: int = 50) -> None:
        array = np.asarray(lengths)
        if array.ndim != 1 or array.dtype.kind not in "iu" or not len(array):
            raise ValueError(
                "lengths must be at least one integer in one dimension, "
                f"got shape {array.shape} and dtype {array.dtype}"
            )
        if (array < 0).any():
            place = int((array < 0).argmax())
            raise ValueError(f"lengths must not be negative, got {array[place]} at {place}")
        if pool < 1:
            raise ValueError(f"pool ({pool}) must be at least 1")
        self.lengths, self.shuffle, self.pool = array.astype(np.int64), shuffle, pool

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def dataset_length(self) -> int:
        """How many samples it puts in order, which is how many the data set must have."""
        return len(self.lengths)

    def indices(self, *, seed: int, epoch: int, batch_size: int) -> NDArray[np.int64]:
        """Give the epoch's order, (samples,).

        Example:
            >>> sampler = BucketSampler([3, 1, 2], shuffle=False)
            >>> sampler.indices(seed=0, epoch=0, batch_size=2)
            array([1, 2, 0])
        """
        if not self.shuffle:
            return np.asarray(self.lengths.argsort(kind="stable"), np.int64)
        generator = generator_of(seed, epoch)
        order = np.asarray(generator.permutation(len(self), device="cpu"), np.int64)
        pool = np.arange(len(order)) // (self.pool * batch_size)
        order = order[np.lexsort((self.lengths[order], pool))]
        full = len(order) // batch_size
        batches = order[: full * batch_size].reshape(full, batch_size)
        batches = batches[generator.permutation(full, device="cpu")] if full else batches
        return np.concatenate([batches.ravel(), order[full * batch_size :]])

    def padding_waste(self, *, batch_size: int, seed: int = 0, epoch: int = 0) -> float:
        """Give the share of a padded epoch that is padding, from 0 to 1.

        Example:
            >>> BucketSampler([1, 3], shuffle=False).padding_waste(batch_size=2)
            0.33333333333333337
        """
        order = self.indices(seed=seed, epoch=epoch, batch_size=batch_size)
        lengths = self.lengths[order]
        longest = np.maximum.reduceat(lengths, np.arange(0, len(lengths), batch_size))
        padded = int(longest.sum()) * batch_size
        padded -= int(longest[-1]) * (-len(lengths) % batch_size)
        return 1 - int(lengths.sum()) / padded if padded else 0.0

    def identity(self) -> dict[str, Any]:
        """Say what the order follows from.

        Example:
            >>> BucketSampler([1, 2]).identity()["pool"]
            50
        """
        return {
            "kind": "BucketSampler",
            "lengths": zlib.crc32(self.lengths.tobytes()),
            "shuffle": self.shuffle,
            "pool": self.pool,
        }
