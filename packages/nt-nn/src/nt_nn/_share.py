"""Which share of a batch this thread works on, while `Parallel` runs it in threads and on ranks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Condition
from typing import Any

from nt_autograd import Tensor, concat
from nt_tensor.distributed import Group, SingleProcess

__all__ = ["Meeting", "PartedError", "first_share", "gather_shares", "working_on"]

_share = ContextVar("share", default=0)
_meeting: ContextVar[Meeting | None] = ContextVar("meeting", default=None)


class PartedError(RuntimeError):
    """A share waits for another one that has ended."""


class Meeting:
    """Where the shares of one batch wait for each other and exchange what they have.

    Args:
        shares: how many this process has.
        group: whose ranks have shares of the same batch.
        present: how many ranks have any.
    """

    def __init__(self, shares: int, group: Group | None = None, present: int | None = None) -> None:
        self.shares = shares
        self.group = SingleProcess() if group is None else group
        self.present = self.group.size if present is None else present
        self.awaited = 0  # gradients that the walk back has yet to sum over the shares
        self._changed = Condition()
        self._brought: dict[int, Any] = {}
        self._last: Any = None  # what came of it: stays until all have come again
        self._rounds = 0
        self._ended = False

    def exchange(self, share: int, value: Any, among: Callable[[list[Any]], Any]) -> Any:
        """What comes of what all shares bring.

        Args:
            share: whose number this is.
            value: what it brings.
            among: takes the values, by the shares' numbers, once all have come; called by the last
                to come alone: the ranks meet once, however many threads each has.

        Raises:
            PartedError: one of the shares has ended.
        """
        with self._changed:
            mine = self._rounds
            self._brought[share] = value
            if len(self._brought) == self.shares:
                self._last = among([self._brought[each] for each in sorted(self._brought)])
                self._brought, self._rounds = {}, mine + 1
                self._changed.notify_all()
            else:
                self._changed.wait_for(lambda: self._rounds > mine or self._ended)
            if self._rounds == mine:
                raise PartedError("a share of the batch ended where another one waits for it")
            return self._last

    def gather(self, parts: list[Tensor]) -> list[Tensor]:
        """What earlier ranks have, this one's parts, and what later ranks have.

        Raises:
            ValueError: a rank has no part of the batch.
        """
        group = self.group
        if group.size == 1:
            return parts
        if self.present < group.size:
            raise ValueError(
                f"{self.present} of {group.size} ranks have a part of this batch: a loss over all "
                f"items needs batches of {group.size} items at least"
            )
        everyone = [Tensor(each) for each in group.all_gather(concat(parts, 0).data)]
        return [*everyone[: group.rank], *parts, *everyone[group.rank + 1 :]]

    def sum(self, gradients: list[Tensor]) -> Tensor:
        """The gradient of what was gathered, over all shares of all ranks."""
        total: Tensor = gradients[0].clone()
        for each in gradients[1:]:
            total = total + each
        if self.group.size > 1:
            total = Tensor(self.group.all_reduce(total.data))
        self.awaited -= 1
        return total

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
    for the others, those of other ranks too, there and on the way back, where the gradient of x is
    the sum of what it does to the losses of all shares. Elsewhere it is x itself. Every rank needs
    a part of the batch; gradients of parameters set out for other ranks when the last of these sums
    is done.

    Args:
        x: (items of the share, …).

    Returns:
        (items of the batch, …).

    Raises:
        RuntimeError: another share ended without coming here.
        ValueError: a rank has no part of the batch, or the shares' rows do not fit together.
        RankLostError: another rank does not answer.

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
        Natural Language Supervision (2021), section 2.3 and figure 3.
    """
    meeting, share = _meeting.get(), _share.get()
    if meeting is None:
        return x

    def gathered(parts: list[Tensor]) -> list[Tensor]:
        meeting.awaited += x.requires_grad
        return meeting.gather(parts)

    mine = x.detach()
    parts = meeting.exchange(share, mine, gathered)
    y: Tensor = concat([x if each is mine else each for each in parts], 0)
    if y.requires_grad:
        y.register_hook(lambda g: meeting.exchange(share, g.detach(), meeting.sum))
    return y


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
