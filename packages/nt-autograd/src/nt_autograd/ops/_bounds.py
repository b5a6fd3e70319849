"""Indices that come from the program: integers, and inside of their range."""

from __future__ import annotations

from typing import Any

from nt_tensor import batching, dtype_of, namespace, to_numpy

__all__ = ["check_index"]


def check_index(name: str, index: Any, length: int) -> None:
    """Raise unless `index` holds integers from 0 to `length` - 1.

    Libraries differ here: NumPy counts negative ones from the end, MLX and CuPy read whatever lies
    there. An index array is checked once, where it enters.

    Raises:
        TypeError: it holds no integers.
        IndexError: a value is outside of the range; the message names it and its place.
    """
    index = batching.whole(index)
    xp = namespace(index)
    if dtype_of(index).kind not in ("int", "uint"):
        raise TypeError(f"{name} must hold integers, not {dtype_of(index)}")
    if not index.size or (int(xp.min(index)) >= 0 and int(xp.max(index)) < length):
        return
    wrong = to_numpy((index < 0) | (index >= length)).nonzero()
    at = tuple(int(axis[0]) for axis in wrong)
    place = f" at {at if len(at) > 1 else at[0]}" if at else ""
    span = f"0 to {length - 1}" if length else "there are none"
    raise IndexError(f"{name} {int(index[at])}{place} is out of range: {span}")
