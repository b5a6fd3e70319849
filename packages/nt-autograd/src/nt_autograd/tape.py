"""The tape: a node for every recorded op, and the per-thread switch that says whether ops record.

A node remembers *how to go back*: which rule to run, what the rule asked to be kept, and the nodes
of the inputs. It keeps the shape of its output but never the output itself, so a value that no rule
asked for is freed as soon as the program lets go of it. Nodes point only backward, from result to
inputs; no cycle is made and the collector is never needed.

Nodes carry a `stamp`, a number that grows with every node. An op's inputs exist before its output,
so descending stamps are a topological order: the walk back needs no search for one.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .op import Op

__all__ = ["FREED", "Node", "clock", "enable_grad", "is_grad_enabled", "no_grad", "state"]

clock = itertools.count(1).__next__  # atomic under the GIL: stamps are unique across threads

FREED: Any = ("freed",)  # stands in `Node.saved` once a walk has passed through the node


class Node:
    """One recorded op (or, with `op` None, a leaf: a tensor that gradients are collected for)."""

    __slots__ = ("grad", "hooks", "inputs", "op", "parents", "saved", "shape", "stamp")

    op: Op | None  # None: a leaf
    parents: tuple[Node | None, ...]  # one per input; None where the input needs no gradient
    shape: Any  # of the output: the engine undoes broadcasting with it
    saved: Any  # the arguments of the backward rule after `g`, in the rule's order
    inputs: Any  # the input arrays, only for ops that have a `composed` form; else None
    stamp: int
    hooks: list[Callable[[Any], Any]] | None
    grad: Any  # Tensor | None: collected by `backward` on leaves and where `retain_grad` asked

    def __init__(
        self,
        op: Op | None,
        parents: tuple[Node | None, ...],
        shape: Any,
        saved: Any,
        inputs: Any = None,
    ) -> None:
        self.op = op
        self.parents = parents
        self.shape = shape
        self.saved = saved
        self.inputs = inputs
        self.stamp = clock()
        self.hooks = None
        self.grad = None


class _State(threading.local):
    recording: bool = True
    transforms: tuple[Any, ...] = ()  # what is done to ops' inputs: see transforms.py


state = _State()


def is_grad_enabled() -> bool:
    """Whether ops called now, in this thread, are recorded.

    Example:
        >>> with no_grad():
        ...     is_grad_enabled()
        False
    """
    return state.recording


@contextmanager
def _recording(on: bool) -> Iterator[None]:
    before = state.recording
    state.recording = on
    try:
        yield
    finally:
        state.recording = before


def no_grad() -> Any:
    """A context manager and decorator under which nothing is recorded (in this thread).

    Example:
        >>> from nt_autograd import tensor
        >>> w = tensor([1.0, 2.0], requires_grad=True)
        >>> with no_grad():
        ...     (w * 2).requires_grad
        False

    Source: PyTorch's `torch.no_grad`.
    """
    return _recording(False)


def enable_grad() -> Any:
    """A context manager and decorator under which ops are recorded, inside a `no_grad` too.

    Example:
        >>> from nt_autograd import tensor
        >>> w = tensor([1.0, 2.0], requires_grad=True)
        >>> with no_grad(), enable_grad():
        ...     (w * 2).requires_grad
        True

    Source: PyTorch's `torch.enable_grad`.
    """
    return _recording(True)
