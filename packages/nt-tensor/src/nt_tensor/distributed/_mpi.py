"""Ranks under MPI: `mpiexec -n 4 …`, on one machine or many."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import prod
from typing import Any, TypeVar

import numpy as np
from mpi4py import MPI

from nt_tensor.backend import Array, backend_of
from nt_tensor.create import asarray
from nt_tensor.device import device_of
from nt_tensor.distributed._group import Group, Pending, RankLostError
from nt_tensor.distributed._single import check_root
from nt_tensor.dtype import dtype_of

__all__ = ["MPIGroup"]

_SPINS = 1000  # looks that follow each other at once: most sums are there within them
_NAP = 1e-4  # seconds between later looks, for whom the machine's other processes are thankful

T = TypeVar("T")


class MPIGroup(Group):
    """The ranks of an MPI communicator. Arrays of other libraries than NumPy go through the CPU.

    Args:
        timeout: seconds after which ranks that do not answer count as lost.
        communicator: all ranks by default.
    """

    def __init__(self, timeout: float, communicator: Any = None) -> None:
        self._ranks = MPI.COMM_WORLD.Dup() if communicator is None else communicator
        self._timeout = timeout
        self.rank: int = self._ranks.Get_rank()
        self.size: int = self._ranks.Get_size()

    def start_all_reduce(self, array: Array) -> Pending:
        """Begin a nonblocking MPI_Iallreduce."""
        host, back = _on_host(array)
        request = self._ranks.Iallreduce(MPI.IN_PLACE, host, op=MPI.SUM)
        return Pending(
            lambda: back(self._wait(request, host, "all_reduce")), lambda: request.Test()
        )

    def broadcast(self, array: Array, root: int = 0) -> Array:
        """MPI_Ibcast; what other ranks gave stays as it is."""
        check_root(root, self.size)
        host, back = _on_host(array)
        if host is array and self.rank != root:
            host = host.copy()
        return back(self._wait(self._ranks.Ibcast(host, root=root), host, "broadcast"))

    def all_gather(self, array: Array) -> list[Array]:
        """MPI_Iallgatherv of the arrays' bytes."""
        lengths = self._lengths(array)
        backend, dtype, device = backend_of(array), dtype_of(array), device_of(array)
        host = np.ascontiguousarray(backend.to_numpy(array))
        row = prod(array.shape[1:]) * host.itemsize
        total = np.empty((sum(lengths), *array.shape[1:]), host.dtype)
        request = self._ranks.Iallgatherv(
            [host.reshape(-1).view(np.uint8), MPI.BYTE],
            [total.reshape(-1).view(np.uint8), [row * length for length in lengths], MPI.BYTE],
        )
        self._wait(request, total, "all_gather")
        ends = [sum(lengths[: rank + 1]) for rank in range(self.size)]
        parts = [total[end - n : end] for n, end in zip(lengths, ends, strict=True)]
        if backend.name == "numpy":
            return parts
        return [asarray(part, dtype, device) for part in parts]

    def all_gather_object(self, value: Any) -> list[Any]:
        """MPI_Allgather of pickled values, behind a barrier that notices who is missing."""
        self._wait(self._ranks.Ibarrier(), None, "all_gather_object")
        return list(self._ranks.allgather(value))

    def abort(self, status: int = 1) -> None:
        """MPI_Abort: the launcher ends every rank."""
        self._ranks.Abort(status)

    def _wait(self, request: Any, result: T, name: str) -> T:
        """Look until the request is done; do not wait forever for who will not come."""
        for _ in range(_SPINS):
            if request.Test():
                return result
        end = time.monotonic() + self._timeout
        while not request.Test():
            if time.monotonic() > end:
                raise RankLostError(
                    f"{name} got no answer from the other ranks for {self._timeout:g} s: "
                    "one of them has ended or hangs"
                )
            time.sleep(_NAP)
        return result


def _on_host(array: Array) -> tuple[Any, Callable[[Any], Array]]:
    """A NumPy array that MPI can write into, and the way back to the array's own kind."""
    backend, dtype, device = backend_of(array), dtype_of(array), device_of(array)
    host = backend.to_numpy(array)
    if dtype.kind == "float" and dtype.itemsize == 2:  # MPI cannot add halves
        host = host.astype("float32")
    elif backend.name != "numpy" or not (host.flags.c_contiguous and host.flags.writeable):
        host = host.copy(order="C")
    if host is array:
        return host, _same
    return host, lambda result: asarray(result, dtype, device)


def _same(array: Array) -> Array:
    return array
