"""An op's bookkeeping: a chain of ops on one element, in microseconds an op."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

LENGTH = 500


def measure(
    leaf: Callable[[], Any],
    ops: Mapping[str, Callable[[Any], Any]],
    alone: Mapping[str, float] | None = None,
) -> None:
    """Time a chain of each op 300 times, and print the medians.

    Args:
        leaf: makes the tensor that a chain begins with.
        ops: the ops by name.
        alone: the time of an op's arithmetic without a tape, where it was measured.
    """
    found = {}
    for name, op in ops.items():
        times = []
        for _ in range(300):
            y = leaf()
            start = time.perf_counter()
            for _ in range(LENGTH):
                y = op(y)
            middle = time.perf_counter()
            y.backward()
            end = time.perf_counter()
            times.append(((middle - start) / LENGTH * 1e6, (end - start) / LENGTH * 1e6))
        forward, both = (statistics.median(t) for t in zip(*times, strict=True))
        found[name] = {"forward": round(forward, 2), "forward + backward": round(both, 2)}
        if alone is not None:
            found[name]["bookkeeping"] = round(both - alone[name], 2)
    print(json.dumps(found))
