"""The computation as a picture: the graph that really ran, with modules as boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nt_autograd.graph import Box, mermaid_of, svg_of

from ._records import Step


@dataclass
class _Run:
    """Steps that follow each other and are drawn as one box."""

    title: str
    steps: list[int]


def svg(steps: Sequence[Step], depth: int, part: str) -> str:
    """A whole SVG document."""
    return svg_of(*_boxes(steps, depth, part))


def mermaid(steps: Sequence[Step], depth: int, part: str) -> str:
    """Mermaid text."""
    return mermaid_of(*_boxes(steps, depth, part))


def _boxes(steps: Sequence[Step], depth: int, part: str) -> tuple[list[Box], list[tuple[int, int]]]:
    if depth < 1:
        raise ValueError(f"depth ({depth}) must be 1 or more")
    if part and not any(_within(step.module, part) for step in steps):
        raise ValueError(f"part: no module {part!r} ran")
    runs = _runs(steps, depth, part)
    place = {i: number for number, run in enumerate(runs) for i in run.steps}
    reads = [(read, i) for i in place for read in steps[i].reads if isinstance(read, int)]
    sources = sorted({read for read, _ in reads if read not in place})  # outside of the part
    before = {read: number for number, read in enumerate(sources)}
    at = before | {i: number + len(sources) for i, number in place.items()}
    edges = {(at[read], at[i]) for read, i in reads if at[read] != at[i]}
    last = max((run.steps[-1] for run in runs), default=0)
    boxes = [_source(steps[read], _length(part)) for read in sources]
    return boxes + [_box(run, steps, last) for run in runs], sorted(edges)


def below(module: str, part: str) -> str:
    """The module right below `part` on the way to one; nothing where it is `part` itself."""
    name = _shortened(module.removeprefix(part).removeprefix(".") if part else module, 1)
    return ".".join(filter(None, (part, name))) if name else ""


def boxes_in(steps: Sequence[Step], part: str) -> int:
    """How many boxes the inside of a module is drawn with."""
    return len(_runs(steps, 1, part))


def _runs(steps: Sequence[Step], depth: int, part: str) -> list[_Run]:
    """One call of a module is one run: nothing else happens meanwhile, so no arrow goes back."""
    taped = {i for i, step in enumerate(steps) if step.reads}
    taped |= {read for step in steps for read in step.reads if isinstance(read, int)}
    opened = {_shortened(step.module, n) for step in steps for n in range(_length(step.module))}
    runs: list[_Run] = []
    before = None
    for i, step in enumerate(steps):
        if i not in taped or (part and not _within(step.module, part)):
            continue
        within = step.module.removeprefix(part).removeprefix(".") if part else step.module
        name = _shortened(within, depth)
        full = ".".join(filter(None, (part, name)))
        single = _length(name) < depth and full in opened
        if single or name == "":
            runs.append(_Run(f"{within}: {step.op}" if within else step.op, [i]))
            before = None
        elif name == before:
            runs[-1].steps.append(i)
        else:
            runs.append(_Run(name, [i]))
            before = name
    return runs


def _box(run: _Run, steps: Sequence[Step], last: int) -> Box:
    final = steps[run.steps[-1]]
    macs = sum(steps[i].forward.macs for i in run.steps)
    shapes = ", ".join(str(shape) for shape in final.outputs)
    said = f"{shapes} - {macs:,} MACs" if macs else shapes
    return Box(run.title, said, "output" if run.steps[-1] == last else "op")


def _source(step: Step, depth: int) -> Box:
    """Where a part gets from what it reads."""
    name = _shortened(step.module, depth) or step.op
    return Box(f"from {name}", ", ".join(str(shape) for shape in step.outputs), "leaf")


def _within(module: str, part: str) -> bool:
    return module == part or module.startswith(part + ".")


def _names(module: str) -> list[str]:
    """The names on the way to a module; a number belongs to the name before it."""
    names: list[str] = []
    for each in filter(None, module.split(".")):
        if each.isdigit() and names:
            names[-1] += f".{each}"
        else:
            names.append(each)
    return names


def _length(module: str) -> int:
    return len(_names(module))


def _shortened(module: str, depth: int) -> str:
    return ".".join(_names(module)[:depth])
