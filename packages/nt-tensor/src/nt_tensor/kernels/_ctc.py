"""Connectionist temporal classification: the losses of a batch and their gradient."""

from __future__ import annotations

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel
from nt_tensor.kernels._scatter_add import scatter_add
from nt_tensor.kernels._wide import widened

__all__ = ["ctc", "ctc_paths"]

LOWEST = -1e30  # the logarithm of nothing: below every sum of real ones, and no NaN comes of it


@kernel
@widened(1)
def ctc(
    log_probs: Array, labels: Array, steps: Array, lengths: Array, blank: int
) -> tuple[Array, Array]:
    """How improbable each sequence of labels is, (N,), and the slope p - q, (T, N, classes).

    `log_probs` (T, N, classes) hold ln p; sequence n has `steps[n]` of the T and `lengths[n]` of
    the `labels` (N, S). q is the share of class c at time t in all alignments. Where none is
    possible the loss is infinite and the slope NaN.
    """
    xp = namespace(log_probs)
    time, n, classes = log_probs.shape
    states, skips = ctc_paths(labels, blank)
    width = states.shape[1]
    places = xp.arange(width)[None, :]
    ends = (places == 2 * lengths[:, None]) | (places == 2 * lengths[:, None] - 1)
    nothing = xp.full((n, 2), LOWEST, dtype=log_probs.dtype)
    none = nothing[:, :1]
    wide = xp.broadcast_to(states[None], (time, n, width))
    emit = xp.maximum(xp.take_along_axis(log_probs, wide, axis=2), LOWEST)

    # alpha: the logarithm of the sum over all ways to be in a state, up to each time.
    alphas = [xp.where(places <= 1, emit[0], none)]
    for t in range(1, time):
        before = alphas[-1]
        padded = xp.concat([nothing, before], axis=1)
        two = xp.where(skips, padded[:, :width], none)
        after = emit[t] + _join(before, padded[:, 1 : width + 1], two)
        alphas.append(xp.where(t < steps[:, None], after, before))

    last = xp.where(ends, alphas[-1], none)
    top = xp.max(last, axis=1, keepdims=True)
    total = top + xp.log(xp.sum(xp.exp(last - top), axis=1, keepdims=True))

    # beta: the same over all ways to go on from a state, behind each time.
    final = xp.where(ends, xp.zeros_like(last), none)
    never = xp.zeros((n, 2), dtype=xp.bool)
    skips_ahead = xp.concat([skips, never], axis=1)[:, 2:]
    beta, shares = final, []
    for t in range(time - 1, -1, -1):
        if t < time - 1:
            padded = xp.concat([beta + emit[t + 1], nothing], axis=1)
            two = xp.where(skips_ahead, padded[:, 2:], none)
            going = _join(padded[:, :width], padded[:, 1 : width + 1], two)
            beta = xp.where(t < steps[:, None] - 1, going, final)
        shares.append(xp.exp(xp.minimum(alphas[t] + beta - total, 0.0)))
    share = xp.stack(shares[::-1])

    rows = xp.reshape(xp.arange(time * n), (time, n, 1)) * classes
    at = xp.reshape(rows + wide, (-1,))
    q = xp.reshape(scatter_add(xp.reshape(share, (-1,)), at, time * n * classes), log_probs.shape)
    slope = xp.exp(log_probs) - q
    empty = steps == 0
    possible = (total[:, 0] > LOWEST / 2) & ~empty
    slope = xp.where(possible[None, :, None], slope, float("nan"))
    running = xp.arange(time)[:, None, None] < steps[None, :, None]
    losses = xp.where(possible, -total[:, 0], float("inf"))
    losses = xp.where(empty & (lengths == 0), xp.zeros_like(losses), losses)
    return losses, xp.where(running, slope, xp.zeros_like(slope))


def ctc_paths(labels: Array, blank: int) -> tuple[Array, Array]:
    """The states that a path goes through, (N, 2 S + 1), and which may be come to from two before.

    The states are blank, label, blank, …, label, blank. A label may follow another at once, unless
    it is the same one again.

    Example:
        >>> import numpy as np
        >>> states, skips = ctc_paths(np.array([[3, 3, 5]]), 0)
        >>> states.tolist()
        [[0, 3, 0, 3, 0, 5, 0]]
        >>> [at for at, skip in enumerate(skips[0]) if skip]
        [5]
    """
    xp = namespace(labels)
    n, count = labels.shape
    blanks = xp.full((n, count + 1), blank, dtype=labels.dtype)
    both = xp.reshape(xp.stack([blanks[:, :count], labels], axis=2), (n, 2 * count))
    states = xp.concat([both, blanks[:, :1]], axis=1)
    differs = states[:, 2:] != states[:, :-2]
    early = xp.zeros((n, min(2, 2 * count + 1)), dtype=xp.bool)
    return states, xp.concat([early, differs], axis=1) & (states != blank)


def _join(a: Array, b: Array, c: Array) -> Array:
    """ln(e^a + e^b + e^c)."""
    xp = namespace(a)
    top = xp.maximum(xp.maximum(a, b), c)
    return top + xp.log(xp.exp(a - top) + xp.exp(b - top) + xp.exp(c - top))
