"""Compare single ops with PyTorch's and make the table: `python -m tools.bench --ops`."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any

from .op_cases import OP_CASES

ROADS = ("PyTorch eager", "NumPy", "NumPy + Numba")
Run = Callable[[str, dict[str, Any], bool], dict[str, float]]


def compare_ops(run: Run, threads: int, rounds: int, families: Sequence[str]) -> list[str]:
    """Measure all cases on all roads, in turn, and give the lines of a Markdown table.

    Args:
        run: a worker module, what it is asked, and whether it is PyTorch's, to its answer.
        threads: for each library.
        rounds: processes a library.
        families: the families to measure; all if empty.
    """
    asked = {"threads": threads, "families": list(families), "seconds": 0.2}
    found: dict[str, list[dict[str, float]]] = {road: [] for road in ROADS}
    for _ in range(rounds):
        found["PyTorch eager"].append(run("op_torch", asked, True))
        found["NumPy"].append(run("op_nt", {**asked, "jit": False}, False))
        found["NumPy + Numba"].append(run("op_nt", {**asked, "jit": True}, False))
    lines = [f"| {threads} thread(s) | PyTorch, µs | NumPy | NumPy + Numba |", "|---|---|---|---|"]
    by_family: dict[str, dict[str, list[float]]] = {}
    for case in OP_CASES:
        if case.name not in found["NumPy"][0]:
            continue
        theirs = [each[case.name] for each in found["PyTorch eager"]]
        cells = []
        for road in ROADS[1:]:
            ours = [each[case.name] for each in found[road]]
            ratio = statistics.median(a / b for a, b in zip(theirs, ours, strict=True))
            by_family.setdefault(case.family, {}).setdefault(road, []).append(ratio)
            cells.append(f"{ratio:.2f}")
        lines.append(f"| {case.name} | {statistics.median(theirs):,.0f} | {' | '.join(cells)} |")
    for family, by_road in by_family.items():
        means = [f"**{statistics.geometric_mean(ratios):.2f}**" for ratios in by_road.values()]
        lines.append(f"| **{family}, geometric mean** | | {' | '.join(means)} |")
    return lines
