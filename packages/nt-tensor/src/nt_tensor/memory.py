"""Scratch memory for kernels on NumPy: small buffers that a thread uses again and again.

A kernel that works through a large array in blocks needs a few block-sized temporaries. Fresh ones
would each be touched for the first time, which costs a page fault every 4 KiB: several times the
arithmetic. These stay, warm in the cache, for the next call in the same thread. Nothing that a
kernel returns may live here.
"""

from __future__ import annotations

import threading

import numpy as np

__all__ = ["BLOCK", "scratch"]

BLOCK = 1 << 14  # elements: a few float32 blocks of this size fit a core's second-level cache


class _Buffers(threading.local):
    def __init__(self) -> None:
        self.by_slot: dict[tuple[int, np.dtype], np.ndarray] = {}


_buffers = _Buffers()


def scratch(slot: int, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An uninitialised contiguous array for temporary use inside one kernel call.

    Args:
        slot: tells apart the buffers that a kernel uses at once.
        shape: its shape.
        dtype: its dtype.
    """
    size = 1
    for n in shape:
        size *= n
    key = slot, dtype
    buffer = _buffers.by_slot.get(key)
    if buffer is None or buffer.size < size:
        buffer = _buffers.by_slot[key] = np.empty(max(size, BLOCK), dtype)
    return buffer[:size].reshape(shape)
