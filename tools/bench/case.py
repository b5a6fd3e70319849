"""A case to be measured, and how a worker process measures it: the same for every library."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

WARM_UP = 4


@dataclass(frozen=True)
class Field:
    """An array of a batch, without its first axis: numbers, or integers below `high`."""

    shape: tuple[int, ...]
    high: int = 0
    kept: float = 1.0  # the share of labels that count; the others are -100

    def make(self, rng: np.random.Generator, batch: int) -> np.ndarray:
        """Random values; what they say does not matter to the clock."""
        shape = (batch, *self.shape)
        if not self.high:
            return rng.standard_normal(shape, np.float32)
        values = rng.integers(0, self.high, shape)
        return values if self.kept == 1 else np.where(rng.random(shape) < self.kept, values, -100)


@dataclass(frozen=True)
class Case:
    """One training step: the model by its architecture and preset, and its batch."""

    name: str
    model: str  # a key of `step_nt.MODELS` and `torch_references.MODELS`
    preset: str
    batch: int
    fields: tuple[Field, ...]
    unit: str  # of what there are `amount` a step
    amount: int
    changes: dict[str, Any] = field(default_factory=dict)  # to the preset
    sgd: bool = False  # with momentum, instead of AdamW
    channels_last: bool = False  # as PyTorch's memory format for images
    batch_norm: bool = False  # of which each thread of nt takes its share's statistics

    def batches(self) -> list[list[np.ndarray]]:
        """Four batches."""
        rng = np.random.default_rng(0)
        return [[each.make(rng, self.batch) for each in self.fields] for _ in range(4)]


@dataclass(frozen=True)
class Asked:
    """What a worker process is asked for."""

    case: str
    folder: str  # where the model's sizes and first weights are
    threads: int = 1
    jit: bool = True
    steps: int = 20

    def to_json(self) -> str:
        """As one command-line argument."""
        return json.dumps(asdict(self))

    @classmethod
    def from_arguments(cls) -> Asked:
        """What the parent process passed."""
        return cls(**json.loads(sys.argv[1]))


def _language(
    name: str, preset: str, model: str, batch: int, time: int, vocab: int, **changes: Any
):
    text = Field((time,), vocab)
    changes = {"vocab_size": vocab, **changes}
    return Case(name, model, preset, batch, (text, text), "tokens", batch * time, changes)


IMAGE, CLASS = Field((3, 32, 32)), Field((), 10)
_CASES = (
    _language("nano", "nano", "gpt2", 12, 64, 65),
    _language("gpt-2048", "nano", "gpt2", 8, 256, 65, context=256, bias=True),
    _language("gpt2-mini", "gpt2-mini", "gpt2", 16, 128, 1024),
    Case("vit-mini", "vit", "vit-mini", 64, (IMAGE, CLASS), "images", 64),
    Case(
        "bert-mini", "bert", "bert-mini", 16,
        (Field((128,), 10_000), Field((128,), 10_000, kept=0.15)), "tokens", 16 * 128,
    ),
    Case(
        "clip-mini", "clip", "clip-mini", 64, (IMAGE, Field((77,), 49_408)), "pairs", 64,
    ),
    Case("resnet-mini", "resnet", "resnet-mini", 128, (IMAGE, CLASS), "images", 128, sgd=True,
        batch_norm=True),
    _language("modern-mini", "modern-mini", "modern", 16, 128, 256),
    Case(
        "t5-mini", "t5", "t5-mini", 16, (Field((128,), 1024), Field((64,), 1024)),
        "tokens", 16 * 192,
    ),
    Case(
        "resnet-mini, channels last", "resnet", "resnet-mini", 128, (IMAGE, CLASS), "images", 128,
        sgd=True, channels_last=True, batch_norm=True,
    ),
)  # fmt: skip
CASES = {case.name: case for case in _CASES}
SIX = ("gpt2-mini", "vit-mini", "bert-mini", "clip-mini", "resnet-mini", "modern-mini")


def peak_memory() -> int:
    """The most bytes that this process held so far."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def measure(step: Callable[[int], float], asked: Asked) -> None:
    """Warm up, time each step, and print the result as one JSON line."""
    losses = [step(i) for i in range(WARM_UP)]
    seconds = []
    for i in range(asked.steps):
        start = time.perf_counter()
        step(i)
        seconds.append(time.perf_counter() - start)
    middle = sorted(seconds)[len(seconds) // 2]
    print(json.dumps({"seconds": middle, "peak": peak_memory(), "losses": losses}))


def measure_generation(
    write: Callable[[np.ndarray, int], list[list[int]]], asked: dict[str, Any]
) -> None:
    """Warm up, time two generations, and print the faster one as one JSON line.

    Args:
        write: takes prompts (batch, time) and how many tokens to add, and gives all tokens.
        asked: "batch", "prompt" and "new".
    """
    prompt = np.random.default_rng(0).integers(0, 50257, (asked["batch"], asked["prompt"]))
    write(prompt, 4)
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        tokens = write(prompt, asked["new"])
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"seconds": min(seconds), "peak": peak_memory(), "tokens": tokens}))
