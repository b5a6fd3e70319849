"""Which samples make up batch k of epoch e: a function of the seed, so any place can be resumed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from nt_tensor import Generator
from numpy.typing import NDArray

__all__ = ["Order", "draws", "generator_of", "in_order", "shuffled"]

Order = Callable[[int], NDArray[np.int64]]  # batch number -> indices, (batch,)


def in_order(samples: int, batch_size: int) -> Order:
    """Take the samples as they lie.

    Example:
        >>> order = in_order(5, 2)
        >>> [order(batch).tolist() for batch in range(3)]
        [[0, 1], [2, 3], [4]]
    """
    return lambda batch: np.arange(batch * batch_size, min((batch + 1) * batch_size, samples))


def shuffled(samples: int, batch_size: int, seed: int, epoch: int) -> Order:
    """Take every sample once, in an order that the seed and the epoch determine.

    Example:
        >>> order = shuffled(5, 2, seed=0, epoch=0)
        >>> sorted(index for batch in range(3) for index in order(batch).tolist())
        [0, 1, 2, 3, 4]
    """
    permutation = generator_of(seed, epoch).permutation(samples, device="cpu")
    return lambda batch: permutation[batch * batch_size : (batch + 1) * batch_size]


def draws(samples: int, batch_size: int, seed: int, epoch: int) -> Order:
    """Draw each batch anew from all samples, with replacement.

    Example:
        >>> order = draws(5, 4, seed=0, epoch=0)
        >>> len(order(10**9)), bool((order(7) == order(7)).all())
        (4, True)
    """
    return lambda batch: generator_of(seed, epoch, batch).integers(
        0, samples, (batch_size,), device="cpu"
    )


def generator_of(*key: int) -> Generator:
    """Give the stream of random numbers that belongs to some numbers, such as seed and epoch.

    Example:
        >>> generator_of(0, 1).seed == generator_of(0, 1).seed != generator_of(1, 0).seed
        True
    """
    # SeedSequence mixes the numbers well: neighbouring epochs get unrelated streams.
    return Generator(int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0]))
