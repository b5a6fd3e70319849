"""Ranks with a GPU each: sums by NCCL, which CuPy brings; MPI tells the ranks of each other."""

from __future__ import annotations

import platform
from typing import Any

import cupy as cp
from cupy.cuda import nccl

from nt_tensor.backend import Array, backend_of
from nt_tensor.distributed._group import Group, Pending
from nt_tensor.distributed._single import check_root

__all__ = ["NCCLGroup"]

_TYPES = {
    "float16": nccl.NCCL_FLOAT16,
    "float32": nccl.NCCL_FLOAT32,
    "float64": nccl.NCCL_FLOAT64,
    "int8": nccl.NCCL_INT8,
    "int32": nccl.NCCL_INT32,
    "int64": nccl.NCCL_INT64,
    "uint8": nccl.NCCL_UINT8,
    "uint32": nccl.NCCL_UINT32,
    "uint64": nccl.NCCL_UINT64,
}


class NCCLGroup(Group):
    """One GPU a rank: the first rank of a machine takes its first GPU, and so on, counted round.

    Args:
        launcher: the same ranks under MPI: it carries what is not an array of CuPy's.
    """

    def __init__(self, launcher: Group) -> None:
        self._launcher = launcher
        self.rank, self.size = launcher.rank, launcher.size
        machines = launcher.all_gather_object(platform.node())
        before = machines[: self.rank].count(platform.node())
        cp.cuda.Device(before % cp.cuda.runtime.getDeviceCount()).use()
        unique = launcher.broadcast_object(nccl.get_unique_id() if self.rank == 0 else None)
        self._ranks = nccl.NcclCommunicator(self.size, unique, self.rank)
        self._stream = cp.cuda.Stream(non_blocking=True)  # sums run beside the walk back

    def start_all_reduce(self, array: Array) -> Pending:
        """Sum in place on a stream of its own, behind what this rank has asked for so far."""
        if backend_of(array).name != "cupy":
            return self._launcher.start_all_reduce(array)
        array = cp.ascontiguousarray(array)
        ready = cp.cuda.get_current_stream().record()
        self._stream.wait_event(ready)
        self._ranks.allReduce(
            array.data.ptr, array.data.ptr, array.size, _type(array), nccl.NCCL_SUM,
            self._stream.ptr,
        )  # fmt: skip
        done = self._stream.record()

        def finish() -> Array:
            cp.cuda.get_current_stream().wait_event(done)
            return array

        return Pending(finish)

    def broadcast(self, array: Array, root: int = 0) -> Array:
        """NCCL's broadcast, into a copy."""
        check_root(root, self.size)
        if backend_of(array).name != "cupy":
            return self._launcher.broadcast(array, root)
        array = array.copy(order="C")
        stream = cp.cuda.get_current_stream()
        self._ranks.bcast(array.data.ptr, array.size, _type(array), root, stream.ptr)
        return array

    def all_gather(self, array: Array) -> list[Array]:
        """NCCL's allGather of the arrays' bytes, each made as long as the longest."""
        if backend_of(array).name != "cupy":
            return self._launcher.all_gather(array)
        lengths = self._lengths(array)
        longest, rest = max(lengths), array.shape[1:]
        padded = cp.zeros((longest, *rest), array.dtype)
        padded[: len(array)] = array
        total = cp.empty((self.size, longest, *rest), array.dtype)
        stream = cp.cuda.get_current_stream()
        self._ranks.allGather(
            padded.data.ptr, total.data.ptr, padded.nbytes, nccl.NCCL_UINT8, stream.ptr
        )
        return [total[rank, :n] for rank, n in enumerate(lengths)]

    def all_gather_object(self, value: Any) -> list[Any]:
        """By way of MPI."""
        return self._launcher.all_gather_object(value)

    def abort(self, status: int = 1) -> None:
        """By way of MPI."""
        self._launcher.abort(status)


def _type(array: Any) -> int:
    if array.dtype.name not in _TYPES:
        raise TypeError(f"NCCL cannot add {array.dtype}; it adds {', '.join(_TYPES)}")
    return int(_TYPES[array.dtype.name])
