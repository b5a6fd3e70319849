"""How much memory the process has taken at most."""

from __future__ import annotations

import sys

import psutil

__all__ = ["peak_memory"]


def peak_memory() -> int:
    """The most bytes that this process has held in memory so far.

    The system's own record of it; where it keeps none, what is held now.

    Example:
        >>> peak_memory() > 10_000_000
        True
    """
    told = psutil.Process().memory_info()
    if hasattr(told, "peak_wset"):  # Windows
        return int(told.peak_wset)
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return max(int(told.rss), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)
