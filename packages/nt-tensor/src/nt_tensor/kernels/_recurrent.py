"""What the recurrent kernels share: sequences of different lengths, one step behind another.

Sequences lie *packed*: sorted by length, the longest first, and step by step. Step t is the rows of
the `sizes[t]` sequences that are longer than t; sizes fall, and their sum is the number of rows. A
batch of one length is the case where all sizes are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from nt_tensor.backend import Array, namespace

__all__ = ["before", "renewed", "spans"]


def spans(sizes: Sequence[int], reverse: bool) -> list[tuple[int, int]]:
    """The rows (start, stop) of each step, in the order in which a scan meets them.

    Example:
        >>> spans((3, 1), False)
        [(0, 3), (3, 4)]
    """
    found = [(end - n, end) for end, n in zip(accumulate(sizes), sizes, strict=True)]
    return found[::-1] if reverse else found


def renewed(state: Array, fresh: Array) -> Array:
    """The state of all sequences after a step: new for the first ones, as it was for the others."""
    n = fresh.shape[0]
    return fresh if n == state.shape[0] else namespace(state).concat([fresh, state[n:]])


def before(y: Array, first: Array, sizes: Sequence[int], reverse: bool) -> Array:
    """The state that each row of `y` was made from: the row one step before it, or the first state.

    Args:
        y: (rows, width), the state after each step.
        first: (sequences, width), the state before all of them.
        sizes: how many sequences each step has.
        reverse: whether the scan went from the last step to the first.
    """
    if len(set(sizes)) == 1:
        n = sizes[0]
        parts = [y[n:], first] if reverse else [first, y[: y.shape[0] - n]]
        return namespace(y).concat(parts)
    parts, last = [], (0, 0)
    for start, stop in spans(sizes, reverse):
        n, known = stop - start, min(stop - start, last[1] - last[0])
        step = [y[last[0] : last[0] + known], first[known:n]]
        parts += step[::-1] if reverse else step  # reverse: all is turned round below
        last = start, stop
    return namespace(y).concat(parts[::-1] if reverse else parts)
