"""Ranks of `mlx.launch`: sums by `mlx.core.distributed` (a ring over TCP, MPI or Thunderbolt)."""

from __future__ import annotations

import os
import pickle
from typing import Any

import mlx.core as mx
import numpy as np

from nt_tensor.backend import Array, backend_of
from nt_tensor.create import asarray
from nt_tensor.device import device_of
from nt_tensor.distributed._group import Group, Pending
from nt_tensor.distributed._single import check_root
from nt_tensor.dtype import dtype_of

__all__ = ["MLXGroup"]


class MLXGroup(Group):
    """The ranks that `mlx.launch` started. Arrays of other libraries go by way of MLX."""

    def __init__(self) -> None:
        self._ranks = mx.distributed.init(strict=True)
        self.rank: int = self._ranks.rank()
        self.size: int = self._ranks.size()

    def start_all_reduce(self, array: Array) -> Pending:
        """Sum lazily: MLX adds while other arrays are computed, and `wait` asks for the result."""
        if not isinstance(array, mx.array) and dtype_of(array).itemsize == 8:  # no GPU of MLX's has
            return Pending(lambda: sum(self.all_gather_object(array)))
        mine, back = _as_mlx(array)
        total = mx.distributed.all_sum(mine, group=self._ranks)
        mx.async_eval(total)  # type: ignore[no-untyped-call]

        def finish() -> Array:
            mx.eval(total)
            return back(total)

        return Pending(finish)

    def broadcast(self, array: Array, root: int = 0) -> Array:
        """A sum to which the other ranks bring zeros."""
        check_root(root, self.size)
        mine, back = _as_mlx(array)
        total = mx.distributed.all_sum(
            mine if self.rank == root else mx.zeros_like(mine), group=self._ranks
        )
        mx.eval(total)
        return back(total)

    def all_gather(self, array: Array) -> list[Array]:
        """Gather the arrays, each made as long as the longest."""
        lengths = self._lengths(array)
        if not isinstance(array, mx.array) and dtype_of(array).itemsize == 8:
            return self.all_gather_object(array)
        mine, back = _as_mlx(array)
        longest = max(lengths)
        if not longest:
            return [array] * self.size
        padded = mx.zeros((longest, *mine.shape[1:]), mine.dtype)
        padded[: len(mine)] = mine
        everyone = mx.distributed.all_gather(padded, group=self._ranks)
        parts = [everyone[longest * r : longest * r + n] for r, n in enumerate(lengths)]
        mx.eval(parts)
        return [back(part) for part in parts]

    def all_gather_object(self, value: Any) -> list[Any]:
        """Gather the pickled values, each made as long as the longest."""
        mine = np.frombuffer(pickle.dumps(value), dtype=np.uint8)
        lengths = self._gather(mx.array(np.asarray([mine.size], np.int32)))
        padded = np.zeros(int(lengths.max()), np.uint8)
        padded[: mine.size] = mine
        everyone = self._gather(mx.array(padded)).reshape(self.size, -1)
        return [
            pickle.loads(row[:length].tobytes())
            for row, length in zip(everyone, lengths, strict=True)
        ]

    def abort(self, status: int = 1) -> None:
        """End this process; the launcher ends the others."""
        os._exit(status)

    def _gather(self, array: Any) -> Any:
        return np.asarray(mx.distributed.all_gather(array, group=self._ranks))


def _as_mlx(array: Array) -> tuple[Any, Any]:
    """The array as one of MLX's, and the way back to its own kind."""
    if isinstance(array, mx.array):
        return array, lambda result: result
    dtype, device = dtype_of(array), device_of(array)
    host = backend_of(array).to_numpy(array)
    return asarray(host, None, "mlx"), lambda total: asarray(np.asarray(total), dtype, device)
