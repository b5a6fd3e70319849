"""Memory for kernels on NumPy: scratch buffers that a thread uses again, and freed memory kept.

A kernel that works through a large array in blocks needs a few block-sized temporaries. Fresh ones
would each be touched for the first time, which costs a page fault every 4 KiB: several times the
arithmetic. These stay, warm in the cache, for the next call in the same thread. Nothing that a
kernel returns may live here.
"""

from __future__ import annotations

import ctypes
import os
import threading

import numpy as np

__all__ = ["BLOCK", "keep_freed_memory", "scratch"]

BLOCK = 1 << 16  # elements: a few float32 blocks of this size fit a core's second-level cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # the parameters' numbers in glibc's malloc.h


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


def keep_freed_memory() -> bool:
    """Let the C library keep freed memory for the next arrays, in this process and from now on.

    A training step makes and frees the same arrays over and over. By default glibc returns large
    ones to the operating system at once, and each new array then costs a page fault every 4 KiB:
    a quarter of the time of a GPT-2's step. Kept memory makes the process look as large as its
    peak. The kernels on NumPy ask for it when they are first used.

    Returns:
        Whether the C library took the setting: glibc does, macOS and Windows have no such thing.

    Example:
        >>> keep_freed_memory() in (True, False)
        True

    Source: mallopt(3), M_MMAP_THRESHOLD and M_TRIM_THRESHOLD.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt is None:
        return False
    # Old versions of glibc take no threshold above 32 MiB; larger arrays then go on as before.
    taken = any(mallopt(_MMAP_THRESHOLD, size) for size in (1 << 30, 1 << 25))
    return bool(taken and mallopt(_TRIM_THRESHOLD, (1 << 31) - 1))
