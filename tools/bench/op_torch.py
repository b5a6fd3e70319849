"""Single ops in PyTorch. Run by `python -m tools.bench --ops`, in a process of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

from .op_cases import Array, OpCase, measure_ops, values

# What PyTorch has under no name of its own.
WRITTEN: dict[str, Callable[..., Any]] = {"swiglu": lambda a, b: functional.silu(a) * b}


def prepare(case: OpCase, threads: int) -> tuple[Callable[[], object], int]:
    """The step of a case, one call of the op; PyTorch's threads work inside of each."""
    return _step(case), 1


def _step(case: OpCase) -> Callable[[], object]:
    if case.family == "optimizer":
        return _optimizer(case)
    arguments = []
    for argument, value in zip(case.arguments, values(case), strict=True):
        if isinstance(argument, Array):
            value = torch.from_numpy(value)
            value = value.requires_grad_() if argument.kind in "xw" else value
        arguments.append(value)
    if case.family == "recurrence":
        module = getattr(torch.nn, case.call)(**case.options)
        leaves = [*arguments, *module.parameters()]
        return _walk(lambda: module(*arguments)[0], leaves)
    op = WRITTEN.get(case.call) or getattr(functional, case.call, None) or getattr(torch, case.call)
    leaves = [a for a in arguments if isinstance(a, torch.Tensor) and a.requires_grad]
    return _walk(lambda: op(*arguments, **case.options), leaves)


def _walk(forward: Callable[[], torch.Tensor], leaves: list[torch.Tensor]) -> Callable[[], object]:
    cotangent = torch.randn(forward().shape)

    def step() -> None:
        for leaf in leaves:
            leaf.grad = None
        forward().backward(cotangent)

    return step


def _optimizer(case: OpCase) -> Callable[[], object]:
    parameters = [torch.nn.Parameter(torch.randn(shape)) for shape in case.arguments]
    for each in parameters:
        each.grad = torch.randn(each.shape)
    optimizer = getattr(torch.optim, case.call)(parameters, **case.options)
    return lambda: optimizer.step()


if __name__ == "__main__":
    torch.set_num_threads(json.loads(sys.argv[1])["threads"])
    measure_ops(prepare)
