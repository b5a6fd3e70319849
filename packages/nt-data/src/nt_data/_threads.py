"""Batches made by several threads, given in their order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

__all__ = ["in_threads"]

_NAME = "nt-data worker"


def in_threads(
    make: Callable[[int], Any], numbers: Iterable[int], workers: int, limit: int
) -> Generator[Any, None, None]:
    """Give `make` of each number in turn, at most `limit` made ahead by so many threads.

    Example:
        >>> list(in_threads(lambda k: k * k, range(4), workers=2, limit=3))
        [0, 1, 4, 9]
    """
    pool = ThreadPoolExecutor(workers, thread_name_prefix=_NAME)
    waiting: deque[Future[Any]] = deque()
    todo = iter(numbers)
    try:
        while True:
            while len(waiting) < limit and (number := next(todo, None)) is not None:
                waiting.append(pool.submit(make, number))
            if not waiting:
                return
            yield waiting.popleft().result()
    finally:
        # The collector may close a forgotten loop from any thread, one of these included.
        own = threading.current_thread().name.startswith(_NAME)
        pool.shutdown(wait=not own, cancel_futures=True)
