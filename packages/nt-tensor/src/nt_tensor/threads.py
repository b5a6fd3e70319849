"""Whether NumPy's library is held to one thread, as it is inside of `nt_nn.Parallel`.

A compiled kernel that works in one thread may then take the place of a call to that library; where
the library uses all processors, it may not.
"""

from __future__ import annotations

__all__ = ["hold_to_one_thread", "in_one_thread"]

_held = False


def hold_to_one_thread(held: bool) -> None:
    """Tell all kernels of this process whether NumPy's library works in one thread."""
    global _held
    _held = held


def in_one_thread() -> bool:
    """Whether it does.

    Example:
        >>> hold_to_one_thread(True)
        >>> in_one_thread()
        True
        >>> hold_to_one_thread(False)
    """
    return _held
