"""In-place writes: noticed when they hit a value that a backward rule still needs.

Nodes and writes take numbers from one clock. A walk that meets a node older than the latest write
looks whether what the node saved lies in memory that was written after the node was made. Programs
that write nothing in place pay one comparison a node.
"""

from __future__ import annotations

import threading
import weakref
from typing import Any

from nt_tensor import backend_of, is_array

from .tape import Node, clock

__all__ = ["check", "latest", "note"]

latest = 0  # the stamp of the newest write, in any thread
_lock = threading.Lock()
_written: dict[
    int, tuple[weakref.ref[Any], dict[tuple[int, int], int]]
] = {}  # owner -> ranges -> stamp
_whole: dict[
    int, tuple[dict[tuple[int, int], int], tuple[int, int]]
] = {}  # owner -> its ranges and the one of all of it, which costs a microsecond to find
_MANY = 128  # ranges remembered of one array; beyond, the older ones become a single one


def note(array: Any) -> None:
    """Remember that `array` was written in place now."""
    global latest
    whole = _whole.get(id(array))
    if whole is not None:  # it owns its memory and was written before, as parameters are
        ranges, span = whole
        with _lock:
            latest = ranges[span] = clock()
        return
    memory = backend_of(array).memory(array)
    if memory is None:  # an immutable library: the old values are still there
        return
    owner, start, stop = memory
    key = id(owner)
    with _lock:
        if key not in _written:
            _written[key] = (weakref.ref(owner, lambda _: _forget(key)), {})
        ranges = _written[key][1]
        if owner is array:
            _whole[key] = ranges, (start, stop)
        latest = ranges[start, stop] = clock()
        if len(ranges) > _MANY:
            _draw_together(ranges)


def _forget(key: int) -> None:
    """Drop what is known of an owner that is gone: its number may become another's."""
    _written.pop(key, None)
    _whole.pop(key, None)


def _draw_together(ranges: dict[tuple[int, int], int]) -> None:
    """Put the older half of an array's writes into one range: too much, but never too little."""
    older = sorted(ranges, key=ranges.__getitem__)[: _MANY // 2]
    stamp = max(ranges.pop(each) for each in older)
    ranges[min(start for start, _ in older), max(stop for _, stop in older)] = stamp


def check(node: Node, values: tuple[Any, ...]) -> None:
    """Raise if one of the values that the node's way back reads was overwritten since."""
    for value in values:
        for array in value if isinstance(value, tuple) else (value,):
            memory = backend_of(array).memory(array) if is_array(array) else None
            if memory is None:
                continue
            owner, start, stop = memory
            _, ranges = _written.get(id(owner), (None, {}))
            for (first, last), stamp in list(ranges.items()):
                if stamp > node.stamp and first < stop and start < last:
                    name = node.op.name if node.op else "a leaf"
                    raise RuntimeError(
                        f"a value of shape {tuple(array.shape)} that the backward of {name} needs "
                        "was overwritten in place after it was used; write into a copy (x.clone())"
                    )
