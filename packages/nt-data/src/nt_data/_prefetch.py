"""Preparing the next items in a thread while the consumer works on this one."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Generic, TypeVar

__all__ = ["Prefetch"]

Item = TypeVar("Item")


class Prefetch(Generic[Item]):
    """An iterator over `source` whose items a thread prepares, at most `limit` ahead.

    An exception in the source comes out of `next`, after the items before it. Leaving the `with`
    block stops the thread and waits for it, however many items are left.

    Example:
        >>> with Prefetch(range(10**9), limit=2) as items:
        ...     next(items), next(items)
        (0, 1)
    """

    def __init__(self, source: Iterable[Item], limit: int) -> None:
        self._source = source
        self._limit = limit
        self._ready: deque[Item] = deque()
        self._changed = threading.Condition()
        self._closed = False  # the consumer wants no more
        self._finished = False  # the thread gives no more
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._produce, name="nt-data prefetch", daemon=True)
        self._thread.start()

    def _produce(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._source:
                with self._changed:
                    self._changed.wait_for(lambda: self._closed or len(self._ready) < self._limit)
                    if self._closed:
                        return
                    self._ready.append(item)
                    self._changed.notify_all()
        except BaseException as caught:  # raised again in the consumer's thread
            error = caught
        finally:
            with self._changed:
                self._error, self._finished = error, True
                self._changed.notify_all()

    def __iter__(self) -> Iterator[Item]:
        return self

    def __next__(self) -> Item:
        with self._changed:
            self._changed.wait_for(lambda: self._ready or self._finished)
            if self._ready:
                self._changed.notify_all()
                return self._ready.popleft()
            if self._error is not None:
                error, self._error = self._error, None  # raised once: afterwards the end
                raise error
            raise StopIteration

    def __enter__(self) -> Prefetch[Item]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._changed:
            self._closed = True
            self._ready.clear()
            self._changed.notify_all()
        # The collector may close a forgotten loop from any thread, this one included.
        if threading.current_thread() is not self._thread:
            self._thread.join()
