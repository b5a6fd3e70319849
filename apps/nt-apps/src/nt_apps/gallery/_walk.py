"""What all exhibits share: real digits, a short training with diagnostics, and what it came to."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from nt_autograd import Tensor, cross_entropy, no_grad, tensor
from nt_data import DataError
from nt_data.sources import load_images
from nt_nn import GradScaler, Module, Parallel
from nt_nn.optim import Optimizer
from nt_tensor import Generator, use_generator
from numpy.typing import NDArray

from nt_apps.diagnose import Diagnostics, History
from nt_apps.errors import telling

__all__ = ["Course", "Digits", "accuracy", "batches", "digits", "seeded", "walk"]

SEED = 1337


@dataclass(frozen=True)
class Digits:
    """scikit-learn's handwritten digits: pixels of mean 0 and deviation 1, and what they are."""

    x: NDArray[np.float32]  # (images, 64)
    y: NDArray[np.int64]  # (images,)
    held_x: NDArray[np.float32]  # of the test part, which nothing is learned from
    held_y: NDArray[np.int64]


@dataclass(frozen=True)
class Course:
    """How a training went.

    Attributes:
        history: its losses and readings.
        advice: what the diagnostics said of it, each rule when it first did.
        reached: the accuracy on what was held out; NaN where the weights are no numbers any more.
        seemed: what it seemed to be on a validation part that is not to be believed, if there is.

    Example:
        >>> from nt_apps.gallery import EXHIBITS
        >>> course = EXHIBITS["rate-too-high"].run(False)
        >>> course.reached, course.advice[0].split(":")[1]
        (nan, ' lower the rate')
    """

    history: History
    advice: list[str]
    reached: float
    seemed: float | None = None


@cache
def digits() -> Digits:
    """Read the digits.

    Raises:
        UserError: scikit-learn, which bundles them, is missing; names the extra.
    """
    with telling(ImportError, DataError):
        known, held = load_images("digits", "train"), load_images("digits", "test")
    mean, std = known.images.mean(), known.images.std()

    def flat(images: Any) -> NDArray[np.float32]:
        found: NDArray[np.float32] = ((images - mean) / std).astype(np.float32)
        return found.reshape(len(images), -1)

    return Digits(
        flat(known.images), known.labels.astype(np.int64),
        flat(held.images), held.labels.astype(np.int64),
    )  # fmt: skip


def seeded(build: Callable[[], Any]) -> Any:
    """Build a model whose weights are the same every time."""
    with use_generator(Generator(SEED)):
        return build()


def batches(*arrays: Any, size: int = 64) -> Iterator[tuple[Tensor, ...]]:
    """Random batches without end, the same ones every time."""
    draw = np.random.default_rng(SEED)
    while True:
        at = draw.integers(0, len(arrays[0]), size)
        yield tuple(tensor(array[at]) for array in arrays)


def walk(
    model: Module,
    optimizer: Optimizer,
    steps: int,
    *,
    data: Iterator[tuple[Tensor, ...]] | None = None,
    loss: Callable[..., Tensor] | None = None,
    rate: Callable[[int], float] | None = None,
    scaler: GradScaler | None = None,
    judge: Callable[[], float] | None = None,
) -> Course:
    """Train, diagnose every fifth step, and judge what was learned.

    Args:
        model: what learns.
        optimizer: how.
        steps: how many steps.
        data: batches; by default those of the digits.
        loss: of a batch; by default the cross-entropy of `model(x)` and y.
        rate: the learning rate of each step, from 0; by default the optimizer's.
        scaler: scales the loss, for float16.
        judge: the accuracy on what was held out; by default that on the digits' test part.
    """
    data = data or batches(digits().x, digits().y)
    loss = loss or (lambda x, y: cross_entropy(model(x), y))
    scaler = scaler or GradScaler(enabled=False)
    seeing = Diagnostics(every=5)
    # Products in one thread: the matrices are small.
    with np.errstate(all="ignore"), Parallel(model.parameters(), 1), ExitStack() as opened:
        seeing.begins(model)
        opened.callback(seeing.ends)
        for step in range(1, steps + 1):
            if rate is not None:
                optimizer.param_groups[0]["lr"] = rate(step - 1)
            value = loss(*next(data))
            optimizer.zero_grad()
            scaler.scale(value).backward()
            scaler.unscale_(optimizer)
            seeing.measured(step)
            scaler.step(optimizer)
            scaler.update()
            seeing.noted({"step": step, "train_loss": value.item(), **seeing.stepped(step)})
        with no_grad():
            reached = judge() if judge else accuracy(model, digits().held_x, digits().held_y)
    return Course(seeing.history, [*seeing.told.values()], reached)


def accuracy(model: Module, x: NDArray[np.float32], y: NDArray[np.int64]) -> float:
    """The share of images that are named rightly; NaN where the scores are no numbers."""
    scores = model(tensor(x)).numpy()
    if not np.isfinite(scores).all():
        return math.nan
    return float((scores.argmax(1) == y).mean())
