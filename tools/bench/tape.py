"""An op's bookkeeping: a chain of ops on one element, in microseconds an op."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from typing import Any

LENGTH = 500


def measure(leaf: Callable[[], Any], ops: dict[str, Callable[[Any], Any]]) -> None:
    """Time a chain of each op 300 times, and print the medians."""
    found = {}
    for name, op in ops.items():
        times = []
        for _ in range(300):
            x = y = leaf()
            start = time.perf_counter()
            for _ in range(LENGTH):
                y = op(y)
            middle = time.perf_counter()
            y.backward()
            end = time.perf_counter()
            times.append(((middle - start) / LENGTH * 1e6, (end - start) / LENGTH * 1e6))
            del x, y
        forward, both = (statistics.median(t) for t in zip(*times, strict=True))
        found[name] = {"forward": round(forward, 2), "forward + backward": round(both, 2)}
    print(json.dumps(found))
