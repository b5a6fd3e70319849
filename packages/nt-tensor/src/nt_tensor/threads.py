"""Whether NumPy's library works in one thread, as it does inside of `nt_nn.Parallel`.

A compiled kernel that works in one thread may then take the place of a call to that library; where
the library uses all processors, it may not.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

__all__ = ["hold_to_one_thread", "in_one_thread"]

SETTINGS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")  # what it obeys itself


def begins_with_one(settings: Mapping[str, str], processors: int | None) -> bool:
    """Whether the library has one thread from its start.

    Args:
        settings: the environment's variables.
        processors: how many there are.

    Example:
        >>> begins_with_one({"OMP_NUM_THREADS": "1"}, 8)
        True
        >>> begins_with_one({}, 8)
        False
    """
    told = next((settings[name] for name in SETTINGS if settings.get(name)), None)
    return processors == 1 if told is None else told == "1"


_always = begins_with_one(os.environ, os.cpu_count())
_held = False


def hold_to_one_thread(held: bool) -> None:
    """Tell all kernels of this process whether NumPy's library is held to one thread."""
    global _held
    _held = held


def in_one_thread() -> bool:
    """Whether NumPy's library works in one thread.

    Example:
        >>> hold_to_one_thread(True)
        >>> in_one_thread()
        True
        >>> hold_to_one_thread(False)
    """
    return _held or _always
