"""Group: the ranks of a run, and the few things that they do together."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from nt_tensor.backend import Array
from nt_tensor.dtype import dtype_of

__all__ = ["Group", "Pending", "RankLostError"]


class RankLostError(RuntimeError):
    """Another rank does not answer: it has ended, or it hangs.

    Example:
        >>> raise RankLostError("all_reduce got no answer from the other ranks for 60 s")
        Traceback (most recent call last):
        ...
        nt_tensor.distributed._group.RankLostError: all_reduce got no answer ... for 60 s
    """


class Pending:
    """A sum over ranks that is on its way.

    Args:
        finish: waits for the sum and gives it.
        poke: lets the engine move data along, without waiting; some engines move only when asked.

    Example:
        >>> Pending(lambda: 3).wait()
        3
    """

    def __init__(self, finish: Callable[[], Array], poke: Callable[[], Any] | None = None) -> None:
        self._finish = finish
        self._poke = poke

    def wait(self) -> Array:
        """Wait until the sum is there, and give it.

        Raises:
            RankLostError: the other ranks do not answer.
        """
        return self._finish()

    def poke(self) -> None:
        """Let the engine move data along."""
        if self._poke is not None:
            self._poke()


class Group(ABC):
    """The processes of one run. All ranks call the same methods in the same order.

    Attributes:
        rank: this process's number, from 0.
        size: how many there are.

    Example:
        >>> import numpy as np
        >>> from nt_tensor.distributed import connect
        >>> group = connect()  # this process alone
        >>> group.rank, group.size, group.all_reduce(np.ones(2))
        (0, 1, array([1., 1.]))

    Source: the collective operations of the MPI standard (2021), chapter 6; PyTorch's
        `torch.distributed`.
    """

    rank: int
    size: int

    @abstractmethod
    def start_all_reduce(self, array: Array) -> Pending:
        """Begin to sum an array over the ranks, element by element; it must not be used until then.

        Args:
            array: of one shape and dtype on every rank.

        Returns:
            What gives the sum, the same on every rank; it may be the array itself.
        """

    @abstractmethod
    def broadcast(self, array: Array, root: int = 0) -> Array:
        """Give every rank the values that one rank has.

        Args:
            array: of one shape and dtype on every rank.
            root: whose values.
        """

    @abstractmethod
    def all_gather(self, array: Array) -> list[Array]:
        """Give every rank the arrays of all ranks, by rank.

        Args:
            array: of one dtype on every rank, and of one shape but for its length, which may be 0.

        Raises:
            ValueError: on every rank: the arrays do not fit together, or have no axis.
            RankLostError: the other ranks do not answer.
        """

    @abstractmethod
    def all_gather_object(self, value: Any) -> list[Any]:
        """Give every rank a list of what each rank has, by rank.

        Args:
            value: anything that pickle can carry.
        """

    @abstractmethod
    def abort(self, status: int = 1) -> None:
        """End all ranks at once, for one that cannot go on: nobody shall wait for it."""

    def all_reduce(self, array: Array) -> Array:
        """Sum an array over the ranks, element by element, and wait for it.

        Args:
            array: of one shape and dtype on every rank; it may be written over.

        Raises:
            RankLostError: the other ranks do not answer.
        """
        return self.start_all_reduce(array).wait()

    def broadcast_object(self, value: Any, root: int = 0) -> Any:
        """Give every rank what one rank has.

        Args:
            value: anything that pickle can carry; what other ranks bring is ignored.
            root: whose value.
        """
        return self.all_gather_object(value if self.rank == root else None)[root]

    def barrier(self) -> None:
        """Wait until every rank has come here."""
        self.all_gather_object(None)

    def _lengths(self, array: Array) -> list[int]:
        """How many rows each rank brings to `all_gather`."""
        shapes = self.all_gather_object((tuple(array.shape), dtype_of(array).name))
        if any(not shape for shape, _ in shapes) or len({(s[1:], d) for s, d in shapes}) > 1:
            told = ", ".join(f"{dtype} {shape}" for shape, dtype in shapes)
            raise ValueError(f"the ranks' arrays must differ in their length alone, got {told}")
        return [shape[0] for shape, _ in shapes]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(rank={self.rank}, size={self.size})"
