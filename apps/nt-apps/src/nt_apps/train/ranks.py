"""Who takes part in a run: one process, unless another kind of ranks is given to the loop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from nt_autograd import Tensor

__all__ = ["Ranks"]


class Ranks:
    """One process alone: it takes the whole batch, sums over itself, and writes all files.

    A group of processes derives from this. The loader of each gives its share of the same global
    batches (so a run can go on with another number of ranks); the gradients of all shares, weighted
    by what each share counts of the whole, are summed while or after backward runs.

    Attributes:
        rank: this process's number; 0 writes the files.
        size: how many there are.

    Example:
        >>> alone = Ranks()
        >>> alone.sum(2.5), alone.any(False), alone.writes
        (2.5, False, True)
    """

    rank: int = 0
    size: int = 1

    @property
    def writes(self) -> bool:
        """Whether this process writes logs, checkpoints and plots, and talks to the person."""
        return self.rank == 0

    def sum(self, value: float) -> float:
        """The sum of all ranks' values, the same on all of them."""
        return value

    def any(self, value: bool) -> bool:
        """Whether it is true on any rank: all stop where one is asked to."""
        return value

    @contextmanager
    def summing(self, parameters: Sequence[Tensor]) -> Iterator[None]:
        """Around a step's last backward: afterwards every `.grad` is the sum over the ranks."""
        yield
