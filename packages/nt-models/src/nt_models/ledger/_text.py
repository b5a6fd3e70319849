"""A ledger as tables: plain text, Markdown, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ._records import Cost, Step, Weight

if TYPE_CHECKING:
    from ._ledger import Ledger, Part


@dataclass(frozen=True)
class Table:
    """A table: its heading, the names of its columns, and rows of texts.

    Attributes:
        heading: what stands above.
        columns: the names of the columns.
        rows: as many texts in each as there are columns.
        left: how many columns, from the left, are words; the others are numbers.

    Example:
        >>> from nt_autograd import ones
        >>> from nt_models import explain
        >>> from nt_nn import Linear
        >>> table = explain(Linear(3, 2), ones(4, 3)).tables()[0]
        >>> table.heading, table.rows[0]
        ('Linear((4, 3))', ('parameters', '8'))
    """

    heading: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    left: int = 1

    def markdown(self) -> str:
        """The table in Markdown, without its heading; notebooks draw it."""
        bars = ["---" if i < self.left else "---:" for i in range(len(self.columns))]
        rows = [self.columns, tuple(bars), *self.rows]
        lines = ["| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in rows]
        return "\n".join(lines)

    _repr_markdown_ = markdown


def tables(ledger: Ledger) -> list[Table]:
    """Totals, blocks, formulas; weights and steps outside of blocks, and of each kind of block."""
    parts = ledger.blocks
    kinds = list(_kinds(parts))
    made = [_totals(ledger), _summary(ledger, kinds)]
    if ledger.formulas:
        made.append(_formulas(ledger))
    outside = [part for _, part, _ in kinds if not _is_block(part)]
    if any(part.weights for part in outside):
        weights = [weight for part in outside for weight in part.weights]
        made.append(_weights("Weights outside of blocks", weights, ""))
    numbers = {id(step): i for i, step in enumerate(ledger.steps)}
    steps = [step for part in outside for step in part.steps]
    steps.sort(key=lambda step: numbers[id(step)])  # as they ran
    if any(map(_told, steps)):
        made.append(_steps("Steps outside of blocks", steps, "", ledger.walked_back))
    for name, part, _ in kinds:
        if not _is_block(part):
            continue
        if part.weights:
            made.append(_weights(f"Weights of {name}", part.weights, part.name))
        if any(map(_told, part.steps)):
            made.append(_steps(f"Steps of {name}", part.steps, part.name, ledger.walked_back))
    return made


def _is_block(part: Part) -> bool:
    return part.name.rpartition(".")[2].isdigit()


def _totals(ledger: Ledger) -> Table:
    shapes = ", ".join(map(_shape, ledger.inputs))
    columns = ("of the whole", "forward", *(["backward"] if ledger.walked_back else []))
    costs = [ledger.forward, *([ledger.backward] if ledger.walked_back else [])]

    def row(name: str, of: Any) -> tuple[str, ...]:
        return (name, *[f"{of(cost):,}" for cost in costs])

    rest = [""] * (len(columns) - 2)
    rows = [
        ("parameters", f"{ledger.parameters:,}", *rest),
        row("multiply-accumulates (MACs) of matrix products", lambda c: c.macs),
        row("FLOPs of matrix products (1 MAC = 2 FLOPs)", lambda c: c.product_flops),
        row("other FLOPs (softmax, norms, activations, sums, biases)", lambda c: c.other),
        row("bytes read", lambda c: c.read),
        row("bytes written", lambda c: c.written),
        ("activation memory: bytes that the tape keeps", f"{ledger.kept:,}", *rest),
    ]
    skipped = ledger.forward.macs - ledger.computed_macs
    if skipped:
        rows.append(("of the MACs, skipped behind masks in this run", f"{skipped:,}", *rest))
    return Table(f"{ledger.title}({shapes})", columns, rows)


def _summary(ledger: Ledger, kinds: list[tuple[str, Part, int]]) -> Table:
    columns = ["block", "times", "parameters", "MACs", "FLOPs (2 x MACs)", "other FLOPs"]
    columns += ["bytes read", "bytes written", "bytes kept"]
    if ledger.walked_back:
        columns += ["backward MACs", "backward FLOPs (2 x MACs)", "backward other FLOPs"]
        columns += ["backward bytes read", "backward bytes written"]
    rows = [
        _sums(name or "(the model itself)", times, part, ledger.walked_back)
        for name, part, times in kinds
    ]
    blocks = [part for part in ledger.blocks if _is_block(part)]
    if blocks:
        rows.append(_sums("all blocks", len(blocks), _together(blocks), ledger.walked_back))
    return Table("Blocks, each of those that are alike", tuple(columns), rows)


def _sums(name: str, times: int, part: Part, walked_back: bool) -> tuple[str, ...]:
    row = [name, f"{times:,}", f"{part.parameters:,}", *_numbers(part.forward), f"{part.kept:,}"]
    return (*row, *(_numbers(part.backward) if walked_back else ()))


def _together(parts: Sequence[Part]) -> Part:
    """Parts as one."""
    weights = tuple([weight for part in parts for weight in part.weights])
    steps = tuple([step for part in parts for step in part.steps])
    return replace(parts[0], name="", weights=weights, steps=steps)


def _formulas(ledger: Ledger) -> Table:
    rows = []
    for each in ledger.formulas:
        counted = ledger.macs(*each.patterns)
        rows.append((
            each.part, each.expression, f"{each.times:,}", f"{each.each:,}", f"{2 * each.each:,}",
            f"{each.macs:,}", f"{counted:,}", "yes" if counted == each.macs else "NO",
        ))  # fmt: skip
    total = sum(each.macs for each in ledger.formulas)
    equal = "yes" if total == ledger.forward.macs else "NO"
    rows.append(("all", "", "", "", "", f"{total:,}", f"{ledger.forward.macs:,}", equal))
    columns = ("matrix products", "MACs by formula", "times", "MACs of one", "FLOPs of one",
               "MACs of all", "MACs counted", "equal")  # fmt: skip
    return Table("Closed formulas and what was counted, forward", columns, rows, 2)


def _weights(heading: str, weights: Sequence[Weight], block: str) -> Table:
    rows = [(_without(w, block), _shape(w.shape), f"{w.parameters:,}") for w in weights]
    return Table(heading, ("weight", "shape", "parameters"), rows, 2)


def _steps(heading: str, steps: Sequence[Step], block: str, walked_back: bool) -> Table:
    columns = ["module", "op", "in", "out", "MACs", "FLOPs (2 x MACs)", "other FLOPs"]
    columns += ["bytes read", "bytes written", "bytes kept"]
    if walked_back:
        columns += ["backward MACs", "backward FLOPs (2 x MACs)", "backward other FLOPs"]
        columns += ["backward bytes read", "backward bytes written"]
    rows = []
    for step in steps:
        if _told(step):
            row = [_inside(step.module, block), step.op]
            row += [_shapes(step.inputs), _shapes(step.outputs)]
            row += [*_numbers(step.forward), f"{step.kept:,}"]
            rows.append((*row, *(_numbers(step.backward) if walked_back else ())))
    return Table(heading, tuple(columns), rows, 4)


def _numbers(cost: Cost) -> tuple[str, ...]:
    numbers = (cost.macs, cost.product_flops, cost.other, cost.read, cost.written)
    return tuple([f"{each:,}" for each in numbers])


def _told(step: Step) -> bool:
    """Views move and compute nothing: they are left out of the tables."""
    return step.forward != Cost() or step.backward != Cost() or step.kept > 0


def _kinds(parts: Sequence[Part]) -> Iterator[tuple[str, Part, int]]:
    """Parts that are alike, as one: what to call them, the first, how many."""
    found: dict[Any, list[Part]] = {}
    for part in parts:
        found.setdefault(_kind(part), []).append(part)
    for alike in found.values():
        first, last = alike[0].name, alike[-1].name
        yield first if len(alike) == 1 else f"{first} to {last}", alike[0], len(alike)


def _kind(part: Part) -> Any:
    """What tells whether two blocks are alike; others are like none."""
    container = part.name.rpartition(".")[0]
    if not _is_block(part):
        return part.name
    steps = [
        (_inside(s.module, part.name), s.op, s.inputs, s.outputs, s.forward, s.backward, s.kept)
        for s in part.steps
        if _told(s)
    ]
    weights = [(_without(each, part.name), each.shape) for each in part.weights]
    return container, tuple(steps), tuple(weights)


def _without(weight: Weight, block: str) -> str:
    return weight.name.removeprefix(f"{block}." if block else "")


def _inside(module: str, block: str) -> str:
    return module.removeprefix(block).removeprefix(".") or "(itself)"


def _shape(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))})"


def _shapes(shapes: Sequence[tuple[int, ...]]) -> str:
    """Shapes, of equal neighbours how many there are."""
    runs = [(shape, len(list(alike))) for shape, alike in groupby(shapes)]
    return " ".join([f"{n} x {_shape(s)}" if n > 1 else _shape(s) for s, n in runs])


def text(ledger: Ledger) -> str:
    """Plain text."""
    return "\n\n".join(map(_plain, tables(ledger)))


def _plain(table: Table) -> str:
    rows = [table.columns, *table.rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [table.heading, ""]
    for row in rows:
        cells = [
            cell.ljust(width) if i < table.left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def markdown(ledger: Ledger) -> str:
    """Markdown."""
    return (
        "\n\n".join(f"### {table.heading}\n\n{table.markdown()}" for table in tables(ledger)) + "\n"
    )


def json_of(value: Any, indent: int | None) -> str:
    """JSON, with letters as they are."""
    return json.dumps(value, indent=indent, ensure_ascii=False)
