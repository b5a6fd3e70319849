"""Running statistics: what a normalisation remembers of the batches that it has seen."""

from __future__ import annotations

from threading import Lock
from typing import Any

from nt_tensor import backend_of, namespace

from ... import writes
from ...tensor import Tensor

__all__ = ["Running", "check_pair", "move"]

Running = tuple[Any, Any, float]  # the running mean and variance, and how far they move

_lock = Lock()


def check_pair(name: str, running_mean: Any, running_var: Any) -> None:
    """Raise unless there are both statistics or neither."""
    if (running_mean is None) != (running_var is None):
        raise ValueError(f"{name}: running_mean and running_var come together or not at all")


def move(running: Running, mean: Any, variance: Any, count: int) -> None:
    """Overwrite running statistics (C,) by what moved towards a batch's; outside of every graph.

    The running variance is that of what the batch is a sample of: the biased one of its `count`
    values times count / (count - 1). Of threads that come at once, one moves after the other.
    """
    *statistics, momentum = running
    with _lock:
        for old, new in zip(statistics, (mean, variance * (count / (count - 1))), strict=True):
            now = old.data if isinstance(old, Tensor) else old
            xp = namespace(now)
            moved = xp.astype((1.0 - momentum) * now + momentum * new, now.dtype)
            if backend_of(now).mutable:
                now[...] = moved
                writes.note(now)
            else:
                old.data = moved
