"""The page: a row for every public op, a column for every backend."""

from __future__ import annotations

from collections.abc import Mapping

import nt_autograd as ag

from .run import NONE, ROADS, YES, available, cells, exact
from .samples import SAMPLES

INTRODUCTION = """# Ops and backends

Every public op of `nt_autograd`, on every backend: its value, its gradient, and the gradient of its
gradient. The table is written by `python -m tools.op_table`, which runs one call of each op; a test
runs it again and compares.

A ✓ in a place says that it ran and agreed: in float32, within 1e-4 of the largest value, with
NumPy in float64, whose gradients of both orders were checked by finite differences before. The
three places of a cell are value, gradient and second order; – stands where there is no
derivative (comparisons, indices, steps of an optimizer). One call says that an op works, not that
it always does: that is what the tests of the packages are for.

"""
NOT_RUN = "not run"


def families() -> dict[str, list[str]]:
    """The public ops by the folder that they stand in."""
    found: dict[str, list[str]] = {}
    for name in ag.__all__:
        op = getattr(ag, name)
        place = getattr(op, "__module__", "").removeprefix("nt_autograd.ops.")
        if isinstance(op, type) or place == op.__module__:
            continue
        folder = place.partition(".")[0]
        family = "numbers and shapes" if folder.startswith("_") else folder
        found.setdefault(family, []).append(name)
    return {family: sorted(found[family]) for family in sorted(found)}


def results() -> dict[str, dict[str, str]]:
    """What came of every op on every backend that is here, by op and backend."""
    here = {name: road for name, road in ROADS.items() if available(road)}
    found = {}
    for name, sample in SAMPLES.items():
        right = exact(sample)
        found[name] = {
            column: " ".join(mark(cell) for cell in cells(sample, right, road))
            for column, road in here.items()
        }
    return found


def mark(cell: str) -> str:
    """A cell in one sign."""
    return {YES: "✓", NONE: "–"}.get(cell, "✗")


def page(found: Mapping[str, Mapping[str, str]]) -> str:
    """The whole page."""
    columns = list(ROADS)
    absent = [c for c in columns if not any(c in row for row in found.values())]
    lines = [INTRODUCTION.rstrip(), ""]
    if absent:
        lines += [f"Where this page was made there was no device for {', '.join(absent)}.", ""]
    for family, names in families().items():
        lines += [f"## {family.capitalize()}", "", "| op | " + " | ".join(columns) + " |"]
        lines.append("|---" * (len(columns) + 1) + "|")
        for name in names:
            row = [found[name].get(column, NOT_RUN) for column in columns]
            lines.append(f"| `{name}` | " + " | ".join(row) + " |")
        lines.append("")
    return "\n".join(lines)


def read(text: str) -> dict[str, dict[str, str]]:
    """The table of a page, by op and backend."""
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    columns = rows[0][1:]
    ops = [row for row in rows if row[0].startswith("`")]
    return {row[0].strip("`"): dict(zip(columns, row[1:], strict=True)) for row in ops}
