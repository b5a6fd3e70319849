"""Single ops at the shapes of the architectures: what is called, the same for each library.

An argument is an array of a kind: `x` is split by two threads and gets a gradient, `w` is shared
and gets one, `i` holds whole numbers below a bound and is split, `c` is constant. Everything else
stands for itself.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Array:
    """An argument that is an array."""

    kind: str
    shape: tuple[int, ...]
    high: int = 0

    def make(self, rng: np.random.Generator) -> np.ndarray:
        """Its values."""
        if self.kind == "i":
            return rng.integers(0, self.high, self.shape)
        return rng.standard_normal(self.shape).astype(np.float32)


@dataclass(frozen=True)
class OpCase:
    """One op: forward, and backward to all that gets a gradient."""

    family: str
    label: str
    call: str
    arguments: tuple[Any, ...]
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What stands in the table."""
        return f"{self.family}: {self.label}"


def x(*shape: int) -> Array:
    """What flows through."""
    return Array("x", shape)


def w(*shape: int) -> Array:
    """What is learned."""
    return Array("w", shape)


def i(*shape: int, high: int) -> Array:
    """Indices or classes."""
    return Array("i", shape, high)


def _convolutions() -> Iterator[OpCase]:
    for label, batch, inside, out, size, stride in (
        ("ResNet-20, 3→16, 32²", 128, 3, 16, 32, 1),
        ("ResNet-20, 16→16, 32²", 128, 16, 16, 32, 1),
        ("ResNet-20, 16→32, 32², stride 2", 128, 16, 32, 32, 2),
        ("ResNet-20, 32→32, 16²", 128, 32, 32, 16, 1),
        ("ResNet-20, 64→64, 8²", 128, 64, 64, 8, 1),
        ("ResNet-50, 64→64, 56²", 8, 64, 64, 56, 1),
        ("ResNet-50, 128→128, 28²", 8, 128, 128, 28, 1),
        ("ResNet-50, 128→128, 56², stride 2", 8, 128, 128, 56, 2),
        ("ResNet-50, 256→256, 14²", 8, 256, 256, 14, 1),
        ("ResNet-50, 512→512, 7²", 8, 512, 512, 7, 1),
    ):
        options = {"stride": stride, "padding": 1}
        arguments = (x(batch, inside, size, size), w(out, inside, 3, 3))
        yield OpCase("conv 3×3", label, "conv2d", arguments, options)
    for label, batch, inside, out, size, kernel, options in (
        ("ResNet-50, 1×1, 64→256, 56²", 8, 64, 256, 56, 1, {}),
        ("ResNet-50, 1×1, 1024→256, 14²", 8, 1024, 256, 14, 1, {}),
        ("ResNet-50, 7×7, 3→64, 224²", 4, 3, 64, 224, 7, {"stride": 2, "padding": 3}),
        ("ViT, 16×16, 3→384, 224²", 8, 3, 384, 224, 16, {"stride": 16}),
    ):
        arguments = (x(batch, inside, size, size), w(out, inside, kernel, kernel))
        yield OpCase("other conv", label, "conv2d", arguments, options)


def _norms() -> Iterator[OpCase]:
    for label, tokens, width in (
        ("GPT-2 nano", 2048, 128),
        ("BERT-base, GPT-2", 1024, 768),
        ("ViT-S", 1576, 384),
    ):
        arguments = (x(tokens, width), (width,), w(width), w(width))
        yield OpCase("norm", f"layer_norm, {label}, {tokens}×{width}", "layer_norm", arguments)
    for label, tokens, width in (("LLaMA-like", 1024, 1024), ("T5-base", 1024, 768)):
        arguments = (x(tokens, width), (width,), w(width), 1e-6)
        yield OpCase("norm", f"rms_norm, {label}, {tokens}×{width}", "rms_norm", arguments)
    for shape in ((128, 16, 32, 32), (128, 64, 8, 8), (8, 256, 56, 56)):
        arguments = (x(*shape), None, None, w(shape[1]), w(shape[1]), True)
        label = f"batch_norm, {'×'.join(map(str, shape))}"
        yield OpCase("norm", label, "batch_norm", arguments)
    arguments = (x(8, 64, 32, 32), 32, w(64), w(64))
    yield OpCase("norm", "group_norm, 8×64×32×32, 32 groups", "group_norm", arguments)


def _softmaxes() -> Iterator[OpCase]:
    for label, shape in (
        ("attention of GPT-2 nano, 8×4×256×256", (8, 4, 256, 256)),
        ("attention of BERT-base, 8×12×128×128", (8, 12, 128, 128)),
        ("2048×65", (2048, 65)),
        ("128×1000", (128, 1000)),
        ("128×50257", (128, 50257)),
    ):
        yield OpCase("softmax", f"softmax, {label}", "softmax", (x(*shape),), {"dim": -1})
    options = {"dim": -1}
    yield OpCase("softmax", "log_softmax, 2048×65", "log_softmax", (x(2048, 65),), options)
    yield OpCase("softmax", "log_softmax, 128×50257", "log_softmax", (x(128, 50257),), options)
    for label, rows, classes in (
        ("GPT-2 nano", 768, 65),
        ("GPT-2 4×128", 2048, 65),
        ("GPT-2", 512, 50257),
        ("ResNet, CIFAR", 128, 10),
        ("ViT, ImageNet", 128, 1000),
    ):
        arguments = (x(rows, classes), i(rows, high=classes))
        label = f"{label}, {rows}×{classes}"
        yield OpCase("cross-entropy", label, "cross_entropy", arguments)


def _activations() -> Iterator[OpCase]:
    for call, shape, options in (
        ("gelu", (2048, 512), {}),
        ("gelu", (1024, 3072), {"approximate": "tanh"}),
        ("relu", (128, 16, 32, 32), {}),
        ("silu", (1024, 2816), {}),
        ("tanh", (1024, 768), {}),
        ("sigmoid", (1024, 768), {}),
    ):
        label = f"{call}, {'×'.join(map(str, shape))}"
        yield OpCase("activation", label, call, (x(*shape),), options)
    yield OpCase("activation", "swiglu, 1024×2816", "swiglu", (x(1024, 2816), x(1024, 2816)))


def _products() -> Iterator[OpCase]:
    for label, tokens, inside, out in (
        ("GPT-2 nano, 128→512", 2048, 128, 512),
        ("BERT-base, 768→3072", 1024, 768, 3072),
    ):
        arguments = (x(tokens, inside), w(out, inside), w(out))
        yield OpCase("product", f"linear, {label}", "linear", arguments)
    for label, shape, options in (
        ("GPT-2 nano, causal, 8×4×256×32", (8, 4, 256, 32), {"is_causal": True}),
        ("BERT-base, 8×12×128×64", (8, 12, 128, 64), {}),
        ("ViT-S, 8×6×197×64", (8, 6, 197, 64), {}),
        ("LLaMA-like, causal, 2×16×512×64", (2, 16, 512, 64), {"is_causal": True}),
    ):
        call = "scaled_dot_product_attention"
        yield OpCase("product", f"attention, {label}", call, (x(*shape),) * 3, options)
    arguments = (i(8, 256, high=50257), w(50257, 128))
    yield OpCase("product", "embedding, 2048 of 50257×128", "embedding", arguments)


def _pools() -> Iterator[OpCase]:
    image = (x(8, 64, 112, 112),)
    options = {"kernel_size": 3, "stride": 2, "padding": 1}
    yield OpCase("pool", "max_pool2d 3×3, 8×64×112×112", "max_pool2d", image, options)
    arguments = (x(128, 64, 8, 8), 1)
    yield OpCase("pool", "global average, 128×64×8×8", "adaptive_avg_pool2d", arguments)
    for cell in ("LSTM", "GRU"):
        options = {"input_size": 128, "hidden_size": 128, "batch_first": True}
        yield OpCase("recurrence", f"{cell}, 32×64×128", cell, (x(32, 64, 128),), options)


def _optimizers() -> Iterator[OpCase]:
    block = [(384, 128), (128, 128), (512, 128), (128, 512), (128,), (128,)]
    small = [(65, 128), (64, 128), *block * 4, (128,)]
    large = [(50257, 256), (1024, 256)] + [(768, 256), (256, 256), (1024, 256), (256, 1024)] * 2
    for name, options in (
        ("SGD", {"lr": 0.1, "momentum": 0.9}),
        ("Adam", {"lr": 1e-3}),
        ("AdamW", {"lr": 1e-3}),
        ("NAdam", {"lr": 1e-3}),
        ("RAdam", {"lr": 1e-3}),
        ("Adamax", {"lr": 1e-3}),
        ("Adagrad", {"lr": 1e-3}),
        ("Adadelta", {"lr": 1e-3}),
        ("RMSprop", {"lr": 1e-3}),
        ("Rprop", {"lr": 1e-3}),
        ("Adafactor", {"lr": 1e-3}),
    ):
        yield OpCase("optimizer", f"{name}, GPT-2 nano", name, tuple(small), options)
        if name in ("SGD", "AdamW"):
            yield OpCase("optimizer", f"{name}, 14 M parameters", name, tuple(large), options)


OP_CASES = [
    case
    for cases in (_convolutions, _norms, _softmaxes, _activations, _products, _pools, _optimizers)
    for case in cases()
]


def halves(case: OpCase, values: list[Any], parts: int) -> list[list[Any]]:
    """The arguments of each thread: shares of what is split, all of what is shared."""
    shares = []
    for part in range(parts):
        share = []
        for argument, value in zip(case.arguments, values, strict=True):
            if isinstance(argument, Array) and argument.kind in "xi":
                length = argument.shape[0] // parts
                value = np.ascontiguousarray(value[part * length : (part + 1) * length])
            share.append(value)
        shares.append(share)
    return shares


def values(case: OpCase) -> list[Any]:
    """The arguments of a case, arrays made."""
    rng = np.random.default_rng(0)
    return [each.make(rng) if isinstance(each, Array) else each for each in case.arguments]


def measure_ops(prepare: Callable[[OpCase, int], tuple[Callable[[], object], int]]) -> None:
    """Time the cases that the arguments ask for, and print the medians in microseconds.

    Args:
        prepare: a case and the number of threads to the step that is timed, and how many calls
            of the op that is.
    """
    asked = json.loads(sys.argv[1])
    found = {}
    for case in OP_CASES:
        if asked["families"] and case.family not in asked["families"]:
            continue
        step, calls = prepare(case, asked["threads"])
        for _ in range(3):
            step()
        times: list[float] = []
        end = time.perf_counter() + asked["seconds"]
        while len(times) < 5 or (time.perf_counter() < end and len(times) < 400):
            start = time.perf_counter()
            step()
            times.append(time.perf_counter() - start)
        found[case.name] = statistics.median(times) / calls * 1e6
    print(json.dumps(found))
