"""A group of one: what a run in a single process needs, so that no caller asks which it is."""

from __future__ import annotations

import sys
from typing import Any

from nt_tensor.backend import Array
from nt_tensor.distributed._group import Group, Pending

__all__ = ["SingleProcess"]


class SingleProcess(Group):
    """This process alone: every sum is its own part.

    Example:
        >>> group = SingleProcess()
        >>> group, group.all_gather_object("a")
        (SingleProcess(rank=0, size=1), ['a'])
    """

    rank = 0
    size = 1

    def start_all_reduce(self, array: Array) -> Pending:
        """Give the array back."""
        return Pending(lambda: array)

    def broadcast(self, array: Array, root: int = 0) -> Array:
        """Give the array back."""
        check_root(root, self.size)
        return array

    def all_gather(self, array: Array) -> list[Array]:
        """Give the array back, in a list."""
        self._lengths(array)
        return [array]

    def all_gather_object(self, value: Any) -> list[Any]:
        """Give the value back, in a list."""
        return [value]

    def abort(self, status: int = 1) -> None:
        """End this process."""
        sys.exit(status)


def check_root(root: int, size: int) -> None:
    if not 0 <= root < size:
        raise ValueError(f"root ({root}) must be a rank of the group: 0 to {size - 1}")
