"""Stopping when asked to: at the end of a step, with everything saved."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

__all__ = ["STOPPED", "StopSignal"]

STOPPED = 130  # the exit status of a run that was stopped from outside


class StopSignal:
    """Notes a Ctrl-C (SIGINT) or a SIGTERM instead of breaking off wherever the program is.

    The second signal breaks off at once, as without this class.

    Example:
        >>> with StopSignal() as stop:
        ...     signal.raise_signal(signal.SIGINT)
        ...     stop.asked
        True
    """

    asked = False

    def __enter__(self) -> Self:
        self._before: dict[signal.Signals, Any] = {}
        if threading.current_thread() is threading.main_thread():  # signals go nowhere else
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._give_back()

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        self._give_back()

    def _give_back(self) -> None:
        while self._before:
            signal.signal(*self._before.popitem())
