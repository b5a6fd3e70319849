"""Compare generation by GPT-2 (124 M parameters) with transformers': `--generate`."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

from .workers import work

THEIRS, NUMPY, NUMBA = "transformers", "nt, NumPy", "nt, NumPy + Numba"
BATCHES, PROMPT, NEW = (1, 8), 64, 64


def compare_generation(threads: Sequence[int], rounds: int, torch_python: str) -> Iterator[str]:
    """Both read one checkpoint of random weights and write greedily, with their caches.

    Raises:
        SystemExit: the tokens are not the same.
    """
    yield (
        f"| batch | threads | {THEIRS}, tokens/s | {NUMPY} | {NUMBA} "
        "| peak: NumPy | + Numba | transformers |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    with tempfile.TemporaryDirectory() as folder:
        work("generation_nt", json.dumps({"folder": folder, "write": True}), 1)
        for count in threads:
            for batch in BATCHES:
                yield _row(folder, batch, count, rounds, torch_python)


def _row(folder: str, batch: int, threads: int, rounds: int, torch_python: str) -> str:
    asked = {"folder": folder, "batch": batch, "threads": threads, "prompt": PROMPT, "new": NEW}
    roads = {
        THEIRS: ("generation_torch", asked, torch_python),
        NUMPY: ("generation_nt", {**asked, "jit": False}, sys.executable),
        NUMBA: ("generation_nt", {**asked, "jit": True}, sys.executable),
    }
    found: dict[str, list[dict[str, Any]]] = {road: [] for road in roads}
    for _ in range(rounds):
        for road, (module, question, python) in roads.items():
            found[road].append(work(module, json.dumps(question), threads, python))
    theirs = found[THEIRS]
    speed = batch * NEW / statistics.median(each["seconds"] for each in theirs)
    cells = [str(batch), str(threads), f"{speed:.1f}"]
    for road in (NUMPY, NUMBA):
        if found[road][0]["tokens"] != theirs[0]["tokens"]:
            raise SystemExit(f"{road} wrote other tokens than transformers")
        ratios = [a["seconds"] / b["seconds"] for a, b in zip(theirs, found[road], strict=True)]
        cells.append(f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})")
    for road in (NUMPY, NUMBA, THEIRS):
        peak = statistics.median(each["peak"] for each in found[road])
        cells.append(f"{peak / 2**20:,.0f} MiB")
    return f"| {' | '.join(cells)} |"
