"""Single ops in nt. Run by `python -m tools.bench --ops`, in a process of its own."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import nt_autograd as ag
import nt_nn as nn
from nt_nn import optim
from nt_nn.parallel import worth
from nt_tensor import jit, manual_seed
from threadpoolctl import threadpool_limits

from .op_cases import Array, OpCase, halves, measure_ops, values

POOL = ThreadPoolExecutor(1)


def prepare(case: OpCase, threads: int) -> tuple[Callable[[], object], int]:
    """The step of a case, and how many calls of the op it is.

    Each thread takes its share of the batch, as in `nt_nn.Parallel`, unless so little work is not
    worth threads. That meets once a training step, not once an op, so the threads go on for some
    milliseconds before they meet here.
    """
    manual_seed(0)
    if case.family == "optimizer":
        return _optimizer(case), 1
    threads = worth(_elements(case), threads)
    steps = [_share(case, share) for share in halves(case, values(case), threads)]
    if threads == 1:
        return steps[0], 1
    steps[0]()
    start = time.perf_counter()
    steps[0]()
    repeats = math.ceil(5e-3 / (time.perf_counter() - start))

    def several(step: Callable[[], object]) -> None:
        for _ in range(repeats):
            step()

    def both() -> None:
        other = POOL.submit(several, steps[1])
        several(steps[0])
        other.result()

    return both, repeats


def _share(case: OpCase, share: list[Any]) -> Callable[[], object]:
    arguments = [
        ag.tensor(value, requires_grad=argument.kind in "xw")
        if isinstance(argument, Array)
        else value
        for argument, value in zip(case.arguments, share, strict=True)
    ]
    leaves = [a for a in arguments if isinstance(a, ag.Tensor) and a.requires_grad]
    if case.family == "recurrence":
        module = getattr(nn, case.call)(**case.options)
        return _walk(lambda: module(*arguments)[0], [*leaves, *module.parameters()])
    op = getattr(ag, case.call)
    return _walk(lambda: op(*arguments, **case.options), leaves)


def _elements(case: OpCase) -> float:
    """The work, as `Parallel` counts it: what is split, and an item's products with what is shared.

    Recurrent layers make their weights themselves; they are worth threads at any shape here.
    """
    if case.family == "recurrence":
        return math.inf
    arrays = [each for each in case.arguments if isinstance(each, Array)]
    shared = sum(math.prod(each.shape) for each in arrays if each.kind == "w")
    split = [each for each in arrays if each.kind in "xi"]
    return sum(math.prod(each.shape) for each in split) + split[0].shape[0] * shared / 8


def _walk(forward: Callable[[], Any], leaves: list[Any]) -> Callable[[], object]:
    cotangent = ag.randn(*forward().shape)
    return lambda: ag.grad(forward(), leaves, cotangent)


def _optimizer(case: OpCase) -> Callable[[], object]:
    parameters = [nn.Parameter(ag.randn(*shape)) for shape in case.arguments]
    for each in parameters:
        each.grad = ag.randn(*each.shape)
    return getattr(optim, case.call)(parameters, **case.options).step


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    jit(asked["jit"])
    with threadpool_limits(1):  # the threads that there are take shares of the batch
        measure_ops(prepare)
