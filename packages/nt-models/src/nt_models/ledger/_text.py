"""A ledger as tables: plain text, Markdown, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._records import Cost, Step, Weight

if TYPE_CHECKING:
    from ._ledger import Ledger, Part


@dataclass(frozen=True)
class Table:
    """A table: its heading, the names of its columns, and rows of texts.

    Attributes:
        left: how many columns, from the left, are words; the others are numbers.
    """

    heading: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    left: int = 1


def tables(ledger: Ledger) -> list[Table]:
    """Totals, blocks, formulas, then each kind of block: its weights and its steps."""
    parts = ledger.blocks
    kinds = list(_kinds(parts))
    made = [_totals(ledger), _summary(ledger, kinds)]
    if ledger.formulas:
        made.append(_formulas(ledger))
    for name, part, _ in kinds:
        if part.weights:
            made.append(_weights(name, part))
        if any(_told(step) for step in part.steps):
            made.append(_steps(name, part, ledger.walked_back))
    return made


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
        row("other FLOPs (norms, activations, sums, biases)", lambda c: c.other),
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
    rows = []
    for name, part, times in kinds:
        row = [name or "(the model itself)", f"{times:,}", f"{part.parameters:,}"]
        row += [*_numbers(part.forward), f"{part.kept:,}"]
        rows.append((*row, *(_numbers(part.backward) if ledger.walked_back else ())))
    return Table("Blocks, each of those that are alike", tuple(columns), rows)


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


def _weights(name: str, part: Part) -> Table:
    own = [_without(each, part.name) for each in part.weights]
    rows = [
        (n, _shape(w.shape), f"{w.parameters:,}") for n, w in zip(own, part.weights, strict=True)
    ]
    return Table(f"Weights of {name}", ("weight", "shape", "parameters"), rows, 2)


def _steps(name: str, part: Part, walked_back: bool) -> Table:
    columns = ["module", "op", "in", "out", "MACs", "FLOPs (2 x MACs)", "other FLOPs"]
    columns += ["bytes read", "bytes written", "bytes kept"]
    if walked_back:
        columns += ["backward MACs", "backward FLOPs (2 x MACs)", "backward other FLOPs"]
        columns += ["backward bytes read", "backward bytes written"]
    rows = []
    for step in part.steps:
        if _told(step):
            row = [_inside(step.module, part.name), step.op]
            row += [" ".join(map(_shape, shapes)) for shapes in (step.inputs, step.outputs)]
            row += [*_numbers(step.forward), f"{step.kept:,}"]
            rows.append((*row, *(_numbers(step.backward) if walked_back else ())))
    return Table(f"Steps of {name or 'the model itself'}", tuple(columns), rows, 4)


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
    container, _, number = part.name.rpartition(".")
    if not number.isdigit():
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
    made = []
    for table in tables(ledger):
        bars = ["---" if i < table.left else "---:" for i in range(len(table.columns))]
        rows = [table.columns, tuple(bars), *table.rows]
        lines = ["| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in rows]
        made.append(f"### {table.heading}\n\n" + "\n".join(lines))
    return "\n\n".join(made) + "\n"


def json_of(value: Any, indent: int | None) -> str:
    """JSON, with letters as they are."""
    return json.dumps(value, indent=indent, ensure_ascii=False)
