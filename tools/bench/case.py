"""A case to be measured, and how a worker process measures it: the same for every library."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np


@dataclass(frozen=True)
class Case:
    """One training step: a GPT's size, the batch, and the machine's share it may use."""

    name: str
    layers: int
    heads: int
    width: int
    context: int
    batch: int
    vocab: int
    bias: bool
    threads: int = 1
    jit: bool = True
    steps: int = 20

    @property
    def tokens(self) -> int:
        """Tokens a step."""
        return self.batch * self.context

    def batches(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Four batches of random tokens; what they say does not matter to the clock."""
        rng = np.random.default_rng(0)
        shape = (2, self.batch, self.context)
        return [tuple(rng.integers(0, self.vocab, shape)) for _ in range(4)]

    def to_json(self) -> str:
        """The case as one command-line argument."""
        return json.dumps(asdict(self))

    @classmethod
    def from_arguments(cls) -> Case:
        """The case that the parent process passed."""
        return cls(**json.loads(sys.argv[1]))


CASES = {
    "nano": Case("nano", layers=4, heads=4, width=128, context=64, batch=12, vocab=65, bias=False),
    "gpt-2048": Case(
        "gpt-2048", layers=4, heads=4, width=128, context=256, batch=8, vocab=65, bias=True
    ),
}


def measure(step: Callable[[int], float], case: Case) -> None:
    """Warm up, time each step, and print the result as one JSON line."""
    loss = [step(i) for i in range(8)][-1]
    seconds = []
    for i in range(case.steps):
        start = time.perf_counter()
        loss = step(i)
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (
        1 if sys.platform == "darwin" else 1024
    )
    print(json.dumps({"seconds": sorted(seconds)[len(seconds) // 2], "peak": peak, "loss": loss}))
