"""An op's bookkeeping in nt. Run by `python -m tools.bench --tape`.

Beside the whole time stands that of the arithmetic alone: the same NumPy calls, without a tape.
What is left is the bookkeeping.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from nt_autograd import ones

from .tape import LENGTH, measure


def arithmetic(forward: Callable[[Any], Any], backward: Callable[[Any, Any], Any]) -> float:
    """Microseconds an op for the chain's NumPy calls alone: `backward` takes the gradient and x."""
    times = []
    for _ in range(300):
        y, values = np.ones(1, np.float32), []
        start = time.perf_counter()
        for _ in range(LENGTH):
            values.append(y)
            y = forward(y)
        g = y
        for x in values:
            g = backward(g, x)
        times.append((time.perf_counter() - start) / LENGTH * 1e6)
    return statistics.median(times)


def main() -> None:
    """Measure four ops: no operand, a constant added, a constant factor, a weight."""
    constant, weight = ones(1), ones(1, requires_grad=True)
    c, total = np.ones(1, np.float32), np.zeros(1, np.float32)

    def weighted(g: Any, x: Any) -> Any:
        np.add(total, g * x, out=total)  # the weight's gradient, summed over its uses
        return g * c

    alone = {
        "-x": arithmetic(lambda x: -x, lambda g, x: -g),
        "x + c": arithmetic(lambda x: x + c, lambda g, x: g),
        "x * c": arithmetic(lambda x: x * c, lambda g, x: g * c),
        "x * w": arithmetic(lambda x: x * c, weighted),
    }
    measure(
        lambda: ones(1, requires_grad=True),
        {
            "-x": lambda x: -x,
            "x + c": lambda x: x + constant,
            "x * c": lambda x: x * constant,
            "x * w": lambda x: x * weight,
        },
        alone,
    )


if __name__ == "__main__":
    main()
