"""Folding: of blocks that are alike two run, and the second is counted for all that follow.

The first may be the one that makes what all share, such as a table of rotations.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from nt_autograd import Tensor
from nt_autograd.ops import alias
from nt_nn import Module

from ._recorder import Draft, Recorder
from ._records import Product, block_of


@dataclass(frozen=True)
class Twin:
    """A block that ran: its steps, from `start` to `end`, and which ones it reads and gives."""

    name: str
    start: int
    end: int
    reads: int | str | None
    gives: int


class Folding:
    """What of a model was run, and what passed as alike."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.firsts: set[Any] = set()  # the kinds of which one block has run
        self.twins: dict[Any, Twin] = {}  # and those of which two have
        self.passed: dict[int, Twin] = {}  # the step that stands for a block: what it is like

    @contextmanager
    def around(self, model: Module) -> Iterator[None]:
        """While open, blocks that map a tensor to one of its shape run twice a kind."""
        blocks = [
            module
            for name, module in model.named_modules()
            if name == block_of(name) and name.rpartition(".")[2].isdigit()
        ]
        for block in blocks:
            vars(block)["forward"] = self._folded(block, block.forward)
        try:
            yield
        finally:
            for block in blocks:
                del vars(block)["forward"]

    def _folded(self, block: Module, forward: Any) -> Any:
        kind = (repr(block), tuple([(n, p.shape) for n, p in block.named_parameters()]))

        def run(*args: Any, **kwargs: Any) -> Any:
            recorder = self.recorder
            name = recorder.where.here
            like = tuple([_like(each) for each in (*args, *kwargs.values())])
            key = (name.rpartition(".")[0], kind, tuple(kwargs), like)
            x = args[0] if args else None
            if None in like or not isinstance(x, Tensor) or x.node is None:
                return forward(*args, **kwargs)
            if twin := self.twins.get(key):
                self.passed[len(recorder.drafts)] = twin
                return alias(x)
            start = len(recorder.drafts)
            y = forward(*args, **kwargs)
            if isinstance(y, Tensor) and _like(y) == _like(x) and y.node is not None:
                reads = recorder.leaves.get(x.node, recorder.step_of(x.node))
                gives = recorder.step_of(y.node)
                if key in self.firsts and gives is not None:
                    self.twins[key] = Twin(name, start, len(recorder.drafts), reads, gives)
                self.firsts.add(key)
            return y

        return run

    def unfolded(self) -> list[Draft]:
        """All steps, those of the blocks that passed too."""
        found: list[Draft] = []
        now: dict[int | str, int | str] = {}  # where each step, or what it gives, stands now
        for i, draft in enumerate(self.recorder.drafts):
            if i in self.passed:
                twin, base = self.passed[i], len(found)
                came = now.get(draft.reads[0], draft.reads[0]) if draft.reads else None
                for step in self.recorder.drafts[twin.start : twin.end]:
                    copy = _renamed(step, twin.name, draft.module)
                    copy.reads = []
                    for read in step.reads:
                        if read == twin.reads and came is not None:
                            copy.reads.append(came)
                        elif isinstance(read, int) and twin.start <= read < twin.end:
                            copy.reads.append(read - twin.start + base)
                        elif isinstance(read, str):
                            copy.reads.append(_moved(read, twin.name, draft.module))
                        else:
                            copy.reads.append(now[read])
                    found.append(copy)
                now[i] = twin.gives - twin.start + base
            else:
                now[i] = len(found)
                found.append(replace(draft, reads=[now.get(each, each) for each in draft.reads]))
        return found


def _like(value: Any) -> Any:
    """What tells whether two arguments cost the same; None for what may hold a state."""
    if isinstance(value, Tensor):
        return value.shape, value.dtype, value.requires_grad
    return repr(value) if value is None or isinstance(value, bool | int | float | str) else None


def _renamed(draft: Draft, old: str, new: str) -> Draft:
    return replace(
        draft,
        module=_moved(draft.module, old, new),
        weights=tuple([_moved(each, old, new) for each in draft.weights]),
        products=[
            Product(_moved(each.name, old, new), each.macs, each.computed)
            for each in draft.products
        ],
    )


def _moved(name: str, old: str, new: str) -> str:
    return new + name[len(old) :] if name == old or name.startswith(old + ".") else name
