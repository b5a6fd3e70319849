"""Buckets: gradients averaged over ranks in a few large sums, while the walk back still runs."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from math import prod
from typing import Any

from nt_autograd import Tensor
from nt_tensor import asarray, namespace, to_numpy
from nt_tensor.distributed import Group, Pending

from ._share import Meeting

__all__ = ["Buckets", "planned"]

BYTES = 4 * 2**20  # a sum of this size is limited by the wire, no longer by its start


def planned(parameters: Sequence[Tensor], limit: int = BYTES) -> list[list[int]]:
    """The parameters' numbers in buckets of one dtype, last ones first, as the walk meets them."""
    buckets: list[list[int]] = []
    filled, kind = 0, None
    for i in reversed(range(len(parameters))):
        size = parameters[i].numel() * parameters[i].dtype.itemsize
        if kind != parameters[i].dtype or filled + size > limit:
            buckets.append([])
            filled, kind = 0, parameters[i].dtype
        buckets[-1].append(i)
        filled += size
    return buckets


class Buckets:
    """The gradients of one batch on their way to the other ranks.

    Every rank starts the sums in the same order, whatever the order in which its gradients come: a
    bucket waits for those before it.

    Args:
        parameters: whose gradients.
        plan: their numbers, in buckets.
        group: the ranks.
        shares: how many times each parameter's gradient may come here, once a thread.
        meeting: where shares meet on the walk back: no bucket leaves while they are to meet again,
            so that the ranks' sums stay in one order.
    """

    def __init__(
        self,
        parameters: Sequence[Tensor],
        plan: list[list[int]],
        group: Group,
        shares: int,
        meeting: Meeting,
    ) -> None:
        self._parameters, self._plan, self._group = parameters, plan, group
        self._place = {parameters[i].node: (i, b) for b, many in enumerate(plan) for i in many}
        self._sums: list[Any] = [None] * len(parameters)
        self._meeting = meeting
        self._waiting = [shares * len(many) for many in plan]
        self._sent: list[Pending] = []
        self._lock = threading.Lock()

    def ready(self, node: Any, gradient: Any) -> None:
        """Take a share's whole gradient of a leaf; called from the shares' threads."""
        place = self._place.get(node)
        if place is None:
            return
        with self._lock:
            number, bucket = place
            before = self._sums[number]
            self._sums[number] = gradient if before is None else before + gradient
            self._waiting[bucket] -= 1
            for pending in self._sent:
                pending.poke()
            while not self._meeting.awaited and self._next_is_full():
                self._send()

    def finish(self) -> list[Tensor | None]:
        """Send what is left, wait for all, and give each parameter's gradient over all ranks.

        None where no rank has one.
        """
        mine = [0.0 if each is None else 1.0 for each in self._sums]
        while len(self._sent) < len(self._plan):
            self._send()
        first = self._parameters[0]
        known = self._group.start_all_reduce(asarray(mine, "float32", first.device))
        found: list[Tensor | None] = [None] * len(self._parameters)
        for pending, many in zip(self._sent, self._plan, strict=True):
            flat, start = pending.wait(), 0
            for i in many:
                shape = self._parameters[i].shape
                size = prod(shape)
                part = flat[start : start + size]
                found[i] = Tensor(namespace(flat).reshape(part, shape))
                start += size
        counts = to_numpy(known.wait())
        return [g if count else None for g, count in zip(found, counts, strict=True)]

    def _next_is_full(self) -> bool:
        return len(self._sent) < len(self._plan) and not self._waiting[len(self._sent)]

    def _send(self) -> None:
        """Start the sum of the next bucket; what has no gradient here adds nothing."""
        many = self._plan[len(self._sent)]
        xp = namespace(self._parameters[many[0]].data)
        parts = []
        for i in many:
            data, g = self._parameters[i].data, self._sums[i]
            parts.append(xp.reshape(xp.zeros_like(data) if g is None else g, (-1,)))
        flat = xp.concat(parts) if len(parts) > 1 else xp.asarray(parts[0], copy=True)
        self._sent.append(self._group.start_all_reduce(flat))
