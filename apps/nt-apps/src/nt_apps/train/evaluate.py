"""How well a language model predicts tokens that it has not learned from."""

from __future__ import annotations

import math
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from typing import Any

import numpy as np
from nt_autograd import Tensor, cross_entropy, no_grad, tensor
from nt_data import DataLoader, SlidingWindows, TiledWindows
from nt_models import GPT2
from nt_tensor import current_device, use_device
from numpy.typing import NDArray

from nt_apps.errors import UserError

__all__ = ["check_finite", "estimated_loss", "token_loss", "whole_loss"]

Batch = tuple[NDArray[np.int64], NDArray[np.int64]]  # tokens and targets, (batch, time) each

IGNORED = -100  # a target that counts as none, here and in nt_data's windows


def token_loss(model: GPT2, tokens: NDArray[np.int64], targets: NDArray[np.int64]) -> Tensor:
    r"""Mean cross-entropy of the next token, in nats.

    $$L = -\frac{1}{BT} \sum_{b,t} \log p(x_{b,t+1} \mid x_{b,1}, \dots, x_{b,t})$$

    Args:
        model: gives logits, (batch, time, vocabulary).
        tokens: (batch, time).
        targets: (batch, time), the tokens one place later; -100 where there is none.
    """
    here = current_device()
    logits = model(tensor(tokens, device=here))  # (batch, time, vocabulary)
    rows = logits.reshape(-1, logits.shape[-1])  # (batch * time, vocabulary)
    loss: Tensor = cross_entropy(
        rows, tensor(targets.reshape(-1), device=here), ignore_index=IGNORED
    )
    return loss


def check_finite(where: str, *values: float, lr: float) -> None:
    """Refuse to go on from losses or gradients that are no numbers any more.

    Raises:
        UserError: one of the values is infinite or NaN.
    """
    if not all(map(math.isfinite, values)):
        found = ", ".join(map(str, values))
        raise UserError(
            f"{where}: the loss is no number any more ({found}); try an lr smaller than {lr}. "
            "The last checkpoint is from before"
        )


def estimated_loss(
    model: GPT2,
    tokens: NDArray[Any],
    *,
    context: int,
    batch_size: int,
    batches: int,
    seed: int,
    threads: int = 1,
) -> float:
    """Mean loss on random windows of `tokens`: the same ones for the same seed, every time."""
    windows = SlidingWindows(tokens, context)
    loader = DataLoader(windows, batch_size, shuffle=True, replacement=True, seed=seed, prefetch=0)
    with closing(loader.forever()) as drawn:
        return _mean_loss(model, islice(drawn, batches), threads)


def whole_loss(
    model: GPT2, tokens: NDArray[Any], *, context: int, batch_size: int, threads: int = 1
) -> float:
    """Mean loss on all of `tokens` but the first, each predicted once.

    They are cut into windows side by side, so that a token sees between 1 and `context` before it.
    """
    return _mean_loss(model, DataLoader(TiledWindows(tokens, context), batch_size), threads)


def _mean_loss(model: GPT2, batches: Iterable[Batch], threads: int) -> float:
    """Mean over all targets. Each batch is one thread's, so their number does not change it."""
    device = current_device()

    def summed(batch: Batch) -> tuple[float, int]:
        known = int((batch[1] != IGNORED).sum())
        with use_device(device), no_grad():  # both belong to a thread
            return float(token_loss(model, *batch).item()) * known, known

    total, count, waiting = 0.0, 0, iter(batches)
    model.eval()
    with ThreadPoolExecutor(threads) as pool:
        spread = pool.map if threads > 1 else map  # an array of MLX stays in its thread
        while some := list(islice(waiting, 4 * threads)):  # not all: a text may be large
            for loss, known in spread(summed, some):
                total, count = total + loss, count + known
    model.train()
    return total / count
