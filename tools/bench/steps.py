"""Compare training steps with PyTorch's and make the table."""

from __future__ import annotations

import dataclasses
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

from .case import CASES, SIX, WARM_UP, Asked
from .workers import work

THEIRS, FLOOR, NUMPY, NUMBA = "PyTorch eager", "floor", "nt, NumPy", "nt, NumPy + Numba"
APART = 1e-5, 5e-3  # how far losses may be apart, relatively: at once, and after some steps
SHARES = 1e-2, 2e-1  # where batch norm takes the statistics of half of the batch


def compare_steps(
    cases: Sequence[str], threads: Sequence[int], rounds: int, steps: int, torch_python: str | None
) -> Iterator[str]:
    """Measure cases on all roads, in turn; the lines of a Markdown table, as they come."""
    yield (
        f"| case | threads | {THEIRS} | {FLOOR} | {NUMPY} | {NUMBA} "
        "| peak: NumPy | + Numba | PyTorch |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    ratios: dict[tuple[int, str], list[float]] = {}
    for count in threads:
        for name in cases:
            found = measured(name, count, rounds, steps, torch_python)
            cells = [name, str(count), *_cells(found)]
            if name in SIX and torch_python:
                for road in (NUMPY, NUMBA):
                    ratios.setdefault((count, road), []).append(_ratios(found, road)[0])
            yield f"| {' | '.join(cells)} |"
    for count in threads:
        if len(ratios.get((count, NUMPY), [])) == len(SIX):
            means = (
                f"**{statistics.geometric_mean(ratios[count, r]):.2f}**" for r in (NUMPY, NUMBA)
            )
            yield f"| **the six, geometric mean** | {count} | | | {' | '.join(means)} | | | |"


def measured(
    name: str, threads: int, rounds: int, steps: int, torch_python: str | None
) -> dict[str, list[dict[str, Any]]]:
    """What each road's processes found.

    Raises:
        SystemExit: a library's losses are not PyTorch's: they do not compute the same.
    """
    with tempfile.TemporaryDirectory() as folder:
        asked = Asked(name, folder, threads, steps=0)
        work("step_nt", asked.to_json(), threads)
        asked = dataclasses.replace(asked, steps=steps)
        plain = dataclasses.replace(asked, jit=False)
        roads = {
            FLOOR: ("step_floor", asked, sys.executable),
            NUMPY: ("step_nt", plain, sys.executable),
            NUMBA: ("step_nt", asked, sys.executable),
        }
        if torch_python:
            roads = {THEIRS: ("step_torch", asked, torch_python), **roads}
        found: dict[str, list[dict[str, Any]]] = {road: [] for road in roads}
        for _ in range(rounds):
            for road, (module, question, python) in roads.items():
                found[road].append(work(module, question.to_json(), threads, python))
    if torch_python:
        for road in (NUMPY, NUMBA):
            _check(name, road, threads, found[THEIRS][0]["losses"], found[road][0]["losses"])
    return found


def _check(
    name: str, road: str, threads: int, theirs: Sequence[float], ours: Sequence[float]
) -> None:
    """The same loss at the first step, and after some of them: the same values and gradients."""
    apart = SHARES if threads > 1 and CASES[name].batch_norm else APART
    for step, most in zip((0, WARM_UP - 1), apart, strict=True):
        if not abs(ours[step] - theirs[step]) <= most * abs(theirs[step]):
            raise SystemExit(
                f"{name}, {road}, {threads} thread(s): the loss of step {step + 1} is "
                f"{ours[step]}, PyTorch's is {theirs[step]}; they do not compute the same"
            )


def _ratios(found: dict[str, list[dict[str, Any]]], road: str) -> tuple[float, float, float]:
    """Median, least and largest of how many times as fast a road is, pair by pair."""
    pairs = zip(found[THEIRS], found[road], strict=True)
    ratios = [theirs["seconds"] / ours["seconds"] for theirs, ours in pairs]
    return statistics.median(ratios), min(ratios), max(ratios)


def _cells(found: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """Speeds (without PyTorch as milliseconds), then peaks."""
    for road in (THEIRS, FLOOR, NUMPY, NUMBA):
        if road not in found:
            yield ""
            continue
        if road == THEIRS or THEIRS not in found:
            yield f"{1e3 * statistics.median(each['seconds'] for each in found[road]):.1f} ms"
            continue
        middle, least, most = _ratios(found, road)
        yield f"{middle:.2f}" if road == FLOOR else f"{middle:.2f} ({least:.2f}-{most:.2f})"
    for road in (NUMPY, NUMBA, THEIRS):
        peaks = [each["peak"] for each in found.get(road, [])]
        yield f"{statistics.median(peaks) / 2**20:,.0f} MiB" if peaks else ""
