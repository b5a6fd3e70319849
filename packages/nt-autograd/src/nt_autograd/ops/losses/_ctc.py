"""ctc_loss: a sequence of labels from a longer sequence of guesses, without an alignment."""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from nt_tensor import asarray, device_of, kernels, namespace

from ...primitive import primitive
from .._concat import stack
from .._exponential import exp
from .._floating import check_floating
from .._gather import gather
from .._logsumexp import logsumexp
from .._maximum import clip
from .._pad import pad
from .._reshape import unsqueeze
from .._sum import sum
from .._where import where
from ._reduction import array_of, reduced
from .options import check_reduction

__all__ = ["ctc_loss"]

LOWEST = -1e30  # as in the kernel


def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Any:
    r"""Connectionist temporal classification: how improbable labels are, over all alignments.

    $$\ell = -\ln \sum_{\pi \in B^{-1}(y)} \prod_t p_t(\pi_t), \qquad
      \frac{\partial \ell}{\partial x_{t,c}} = p_t(c) - q_t(c)$$

    $B$ takes repetitions and then blanks out of a path $\pi$ of one class a step; $q_t(c)$ is the
    share of the paths that are in class $c$ at time $t$. As in PyTorch, the gradient is that of the
    logits $x$ behind the log-probabilities, which must be normalised: $-q$, which the
    log-probabilities by themselves would have, becomes the same in the way back through
    `log_softmax`.

    Args:
        log_probs: (T, N, C) or (T, C), what `log_softmax` gives.
        targets: the labels, integers: (N, S), of which `target_lengths` count, or all one after
            another, (sum of target_lengths,).
        input_lengths: how many of the T steps each sequence has, (N,) or (): a tensor or integers.
        target_lengths: how many labels, (N,) or ().
        blank: the class that stands for none.
        reduction: "mean" of the losses over their `target_lengths` (at least 1), "sum" or "none".
        zero_infinity: let a sequence that cannot be aligned, being too short, count nothing. Its
            loss is infinite and its gradient NaN otherwise.

    Returns:
        (), or with "none" (N,), or () for (T, C).

    Raises:
        ValueError: shapes or lengths that do not fit, a blank among the targets, an unknown
            reduction.
        IndexError: a target or the blank is no class.
        TypeError: `log_probs` is not floating-point, or targets or lengths are not integers.

    Example:
        >>> from nt_autograd import log_softmax, tensor, zeros
        >>> even = log_softmax(zeros(2, 1, 2), -1)
        >>> ctc_loss(even, tensor([[1]]), [2], [1])  # 3 of 4 paths give it: (1 1), (0 1), (1 0)
        tensor(0.2876...)

    Source: Graves, Fernández, Gomez and Schmidhuber, Connectionist Temporal Classification (2006),
        section 4.1; PyTorch's `torch.nn.functional.ctc_loss`.
    """
    check_reduction(reduction)
    array = array_of("log_probs", log_probs)
    check_floating("log_probs", array)
    if array.ndim not in (2, 3) or not array.shape[0]:
        raise ValueError(
            f"log_probs must be (T, N, C) or (T, C) with a step at least, got {tuple(array.shape)}"
        )
    batch = log_probs if array.ndim == 3 else unsqueeze(log_probs, 1)
    time, n, classes = batch.shape
    if not 0 <= blank < classes:
        raise IndexError(f"blank ({blank}) is no class: there are {classes}, 0 to {classes - 1}")
    steps = _lengths("input_lengths", input_lengths, n, time)
    counts = _lengths("target_lengths", target_lengths, n, None)
    labels = _labels(targets, counts, classes, blank)
    where_it_is = device_of(array)
    losses = _ctc(
        batch,
        asarray(labels, dtype="int64", device=where_it_is).reshape((n, max(counts, default=0))),
        asarray(steps, dtype="int64", device=where_it_is),
        asarray(counts, dtype="int64", device=where_it_is),
        blank,
        zero_infinity,
    )
    if reduction == "mean":
        losses = losses / asarray([max(c, 1) for c in counts], losses.dtype, where_it_is)
    return losses[0] if reduction == "none" and array.ndim == 2 else reduced(losses, reduction)


@primitive(keeps=("slope",))
def _ctc(x: Any, /, labels: Any, steps: Any, counts: Any, blank: int, zero_infinity: bool) -> Any:
    """The losses of a batch, (N,)."""
    losses, slope = kernels.ctc(x, labels, steps, counts, blank)
    xp = namespace(x)
    if zero_infinity:
        lost = losses == math.inf
        losses = xp.where(lost, xp.zeros_like(losses), losses)
        slope = xp.where(lost[None, :, None], xp.zeros_like(slope), slope)
    return xp.astype(losses, x.dtype, copy=False), slope


@_ctc.backward
def _(g: Any, slope: Any) -> Any:
    return slope * g[None, :, None]


@_ctc.cost
def _(x_shape: tuple[int, ...], labels: Any) -> Any:
    # per step and state two sums of three exponentials; per step and class a softmax
    return x_shape[0] * x_shape[1] * (18 * (2 * labels.shape[1] + 1) + 6 * x_shape[2])


@_ctc.composed
def _(x: Any, labels: Any, steps: Any, counts: Any, blank: int, zero_infinity: bool) -> Any:
    xp = namespace(labels)
    states, skips = kernels.ctc_paths(labels, blank)
    time, width = x.shape[0], states.shape[1]
    wide = xp.broadcast_to(states[None], (time, *states.shape))
    emit = clip(gather(x, 2, wide), LOWEST)
    places = xp.arange(width)[None, :]
    alpha = where(places <= 1, emit[0], LOWEST)
    for t in range(1, time):
        padded = pad(alpha, (2, 0), value=LOWEST)
        two = where(skips, padded[:, :width], LOWEST)
        after = emit[t] + logsumexp(stack([alpha, padded[:, 1 : width + 1], two]), 0)
        alpha = where(t < steps[:, None], after, alpha)
    ends = (places == 2 * counts[:, None]) | (places == 2 * counts[:, None] - 1)
    total = logsumexp(where(ends, alpha, LOWEST), 1)
    lost = 0.0 if zero_infinity else math.inf
    losses = where((total > LOWEST / 2) & (steps > 0), _normalised(x, steps) - total, lost)
    return where((steps == 0) & (counts == 0), 0.0, losses)


def _normalised(x: Any, steps: Any) -> Any:
    """Zeros with gradient p: what a gradient by logits has and one by log-probabilities not."""
    running = namespace(steps).arange(x.shape[0])[:, None, None] < steps[None, :, None]
    p = sum(where(running, exp(x), 0.0), (0, 2))
    return p - p.detach()


def _lengths(name: str, value: Any, n: int, most: int | None) -> list[int]:
    """One length a sequence, each from 0 to `most`."""
    if isinstance(value, int):
        value = [value]
    elif not isinstance(value, Sequence):
        value = array_of(name, value).reshape((-1,)).tolist()
    if len(value) != n:
        raise ValueError(f"{name} must hold one length for each of {n} sequences, got {len(value)}")
    for i, length in enumerate(value):
        if not isinstance(length, int):
            raise TypeError(f"{name} must hold integers, got {length!r} at position {i}")
        if length < 0 or (most is not None and length > most):
            bounds = "at least 0" if most is None else f"from 0 to {most}"
            raise ValueError(f"{name} must be {bounds}, got {length} at position {i}")
    return list(value)


def _labels(targets: Any, counts: list[int], classes: int, blank: int) -> list[list[int]]:
    """The labels of each sequence, filled up to the longest."""
    array, n = array_of("targets", targets), len(counts)
    if not namespace(array).isdtype(array.dtype, "integral"):
        raise TypeError(f"targets must hold integers, got {array.dtype}")
    shape, total = tuple(array.shape), builtins.sum(counts)
    if array.ndim == 2 and shape[0] == n and max(counts, default=0) <= shape[1]:
        rows = [row[:count] for row, count in zip(array.tolist(), counts, strict=True)]
    elif array.ndim == 1 and shape[0] == total:
        flat, ends = array.tolist(), accumulate(counts)
        rows = [flat[end - count : end] for end, count in zip(ends, counts, strict=True)]
    elif array.ndim == 1 and n == 1 and counts[0] <= shape[0]:
        rows = [array.tolist()[: counts[0]]]
    else:
        raise ValueError(
            f"targets must be ({n}, S) with S at least {max(counts, default=0)}, or "
            f"({total},) in all, got {shape}"
        )
    for i, row in enumerate(rows):
        for label in row:
            if not 0 <= label < classes:
                raise IndexError(
                    f"target {label} of sequence {i} is no class: there are {classes}, "
                    f"0 to {classes - 1}"
                )
            if label == blank:
                raise ValueError(f"targets of sequence {i} hold the blank ({blank})")
    longest = max(counts, default=0)
    other = int(blank == 0 and classes > 1)
    return [[*row, *[other] * (longest - len(row))] for row in rows]
