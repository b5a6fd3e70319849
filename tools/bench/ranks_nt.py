"""The training step on this rank's part of each batch. Run by `python -m tools.bench --ranks N`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from nt_autograd import tensor
from nt_nn import Parallel
from nt_nn._buckets import planned
from nt_tensor.distributed import Group, Pending, connect

from .case import CASES, WARM_UP
from .step_nt import build, optimizer_of, weigh_of


class Timed(Group):
    """Another group, and the seconds that this thread spends in its sums and gathers.

    Time in which a sum travels while the walk back runs is not among them; time in which this rank
    waits for a slower one is.
    """

    def __init__(self, group: Group) -> None:
        self.group, self.rank, self.size = group, group.rank, group.size
        self.seconds = 0.0

    def _timed(self, call: Callable[..., Any], *arguments: Any) -> Any:
        begin = time.perf_counter()
        try:
            return call(*arguments)
        finally:
            self.seconds += time.perf_counter() - begin

    def start_all_reduce(self, array: Any) -> Pending:
        pending = self._timed(self.group.start_all_reduce, array)
        return Pending(lambda: self._timed(pending.wait), lambda: self._timed(pending.poke))

    def broadcast(self, array: Any, root: int = 0) -> Any:
        return self.group.broadcast(array, root)

    def all_gather(self, array: Any) -> list[Any]:
        return list(self._timed(self.group.all_gather, array))

    def all_gather_object(self, value: Any) -> list[Any]:
        return self.group.all_gather_object(value)

    def abort(self, status: int = 1) -> None:
        self.group.abort(status)


def main() -> None:
    """Train on the case that stands in the arguments; the first rank prints one JSON line."""
    asked = json.loads(sys.argv[1])
    case = CASES[asked["case"]]
    group = Timed(connect("mpi"))
    model, loss = build(case)
    parameters = list(model.parameters())
    optimizer = optimizer_of(case, parameters)
    begin, end = (case.batch * rank // group.size for rank in (group.rank, group.rank + 1))
    batches = [[tensor(a[begin:end]) for a in batch] for batch in case.batches()]
    seconds, waited, losses = [], [], []
    with Parallel(parameters, threads=1, group=group) as parallel:
        parallel.broadcast(parameters)
        for i in range(WARM_UP + asked["steps"]):
            group.barrier()
            group.seconds, start = 0.0, time.perf_counter()
            optimizer.zero_grad()
            losses.append(parallel.backward(loss, *batches[i % 4], weigh=weigh_of(case)))
            optimizer.step()
            seconds.append(time.perf_counter() - start)
            waited.append(group.seconds)
    sizes = [sum(parameters[i].numel() for i in bucket) for bucket in planned(parameters)]
    buckets = [np.zeros(size, np.float32) for size in sizes]
    alone = []
    for _ in range(9):
        group.barrier()
        start = time.perf_counter()
        for pending in [group.start_all_reduce(bucket) for bucket in buckets]:
            pending.wait()
        alone.append(time.perf_counter() - start)
    if group.rank == 0:
        told = {
            "seconds": float(np.median(seconds[WARM_UP:])),
            "waited": float(np.median(waited[WARM_UP:])),
            "alone": float(np.median(alone)), "bytes": 4 * sum(sizes), "losses": losses[:WARM_UP],
            "batch_norm": case.batch_norm,
        }  # fmt: skip
        print(json.dumps(told))


if __name__ == "__main__":
    main()
