"""Which share of a batch this thread works on, while `Parallel` runs it in several."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_share = ContextVar("share", default=0)


def first_share() -> bool:
    """Whether this thread works on a whole batch, or on the first of its shares.

    One share of each batch moves running statistics: if all did, in the order in which the threads
    happen to come, a run could not be repeated.
    """
    return _share.get() == 0


@contextmanager
def working_on(share: int) -> Iterator[None]:
    """Tell what is called here which share it works on."""
    token = _share.set(share)
    try:
        yield
    finally:
        _share.reset(token)
