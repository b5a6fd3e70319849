"""Which share of a batch this thread works on, while `Parallel` runs it in several."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Condition
from typing import Any

from nt_autograd import Tensor, concat

__all__ = ["Meeting", "PartedError", "first_share", "gather_shares", "working_on"]

_share = ContextVar("share", default=0)
_meeting: ContextVar[Meeting | None] = ContextVar("meeting", default=None)


class PartedError(RuntimeError):
    """A share waits for another one that has ended."""


class Meeting:
    """Where the shares of one batch wait for each other and exchange what they have.

    Args:
        shares: how many.
    """

    def __init__(self, shares: int) -> None:
        self.shares = shares
        self._changed = Condition()
        self._brought: dict[int, Any] = {}
        self._last: list[Any] = []  # what all brought: stays until all have come again
        self._rounds = 0
        self._ended = False

    def exchange(self, share: int, value: Any) -> list[Any]:
        """What all shares bring, by their numbers, once they have.

        Raises:
            PartedError: one of them has ended.
        """
        with self._changed:
            mine = self._rounds
            self._brought[share] = value
            if len(self._brought) == self.shares:
                self._last = [self._brought[each] for each in sorted(self._brought)]
                self._brought, self._rounds = {}, mine + 1
                self._changed.notify_all()
            else:
                self._changed.wait_for(lambda: self._rounds > mine or self._ended)
            if self._rounds == mine:
                raise PartedError("a share of the batch ended where another one waits for it")
            return self._last

    def end(self) -> None:
        """A share has ended: whoever waits for it, or will, waits in vain."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()


def first_share() -> bool:
    """Whether this thread works on a whole batch, or on the first of its shares.

    One share of each batch moves running statistics: if all did, in the order in which the threads
    happen to come, a run could not be repeated.
    """
    return _share.get() == 0


def gather_shares(x: Tensor) -> Tensor:
    """What all shares of a batch have computed, joined along the first axis in the batch's order.

    For losses that compare each item with all others. Inside of `Parallel` each share waits here
    for the others, there and on the way back, where the gradient of x is the sum of what it does to
    the losses of all shares. Elsewhere it is x itself.

    Args:
        x: (items of the share, …).

    Returns:
        (items of the batch, …).

    Raises:
        RuntimeError: another share ended without coming here.

    Example:
        >>> from nt_autograd import arange
        >>> from nt_nn import Parallel, Parameter
        >>> weight = Parameter(arange(4.0))
        >>> def loss(rows):
        ...     x = gather_shares(weight[rows])  # (4,), in each of the two shares
        ...     return (x[None, :] - x[:, None]).abs().max()
        >>> with Parallel([weight], threads=2) as parallel:
        ...     parallel.backward(loss, arange(4))
        3.0
        >>> weight.grad.abs().tolist()
        [1.0, 0.0, 0.0, 1.0]

    Source: the gathered features of Radford et al., Learning Transferable Visual Models From
        Natural Language Supervision (2021), section 2.3, in shares of one process.
    """
    meeting, share = _meeting.get(), _share.get()
    if meeting is None:
        return x
    parts = meeting.exchange(share, (share, x.detach()))
    y: Tensor = concat([x if each == share else part for each, part in parts], 0)
    if y.requires_grad:
        y.register_hook(lambda g: _total(meeting.exchange(share, g.detach())))
    return y


def _total(gradients: list[Tensor]) -> Tensor:
    total = gradients[0]
    for each in gradients[1:]:
        total = total + each
    return total


@contextmanager
def working_on(share: int, meeting: Meeting | None = None) -> Iterator[None]:
    """Tell what is called here which share it works on, and where it meets the others."""
    tokens = _share.set(share), _meeting.set(meeting)
    try:
        yield
    finally:
        if meeting is not None:
            meeting.end()
        _share.reset(tokens[0])
        _meeting.reset(tokens[1])
