"""One process against several ranks of MPI with the same whole batch, in turn."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from .workers import POOLS, ROOT

__all__ = ["compare_ranks"]

HEAD = (
    "| case | one rank | {n} ranks | times as fast | efficiency | the sums' share of a step | "
    "gradients | the sums alone |\n" + "|---" * 8 + "|"
)


def compare_ranks(cases: Sequence[str], ranks: int, rounds: int, steps: int) -> Iterator[str]:
    """Lines of a table: each case on one rank and on several, one thread a rank.

    Args:
        cases: names of `case.CASES`.
        ranks: how many share the batch that one rank takes as a whole.
        rounds: how many times both are measured.
        steps: timed steps a process.
    """
    yield HEAD.format(n=ranks)
    for case in cases:
        pairs = [(_run(case, 1, steps), _run(case, ranks, steps)) for _ in range(rounds)]
        ratios = sorted(one["seconds"] / several["seconds"] for one, several in pairs)
        first, many = pairs[0]
        off = abs(first["losses"][0] - many["losses"][0])
        if off > 1e-5 * abs(first["losses"][0]) and not first["batch_norm"]:
            raise SystemExit(f"{case}: ranks' first loss is off by {off}")

        def middle(which: int, name: str) -> float:
            return median(pair[which][name] for pair in pairs)  # noqa: B023

        yield (
            f"| {case} | {1e3 * middle(0, 'seconds'):.1f} ms | {1e3 * middle(1, 'seconds'):.1f} ms "
            f"| {median(ratios):.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f}) "
            f"| {median(ratios) / ranks:.0%} | {middle(1, 'waited') / middle(1, 'seconds'):.1%} "
            f"| {many['bytes'] / 2**20:.1f} MiB | {1e3 * middle(1, 'alone'):.1f} ms |"
        )


def _run(case: str, ranks: int, steps: int) -> dict[str, Any]:
    """What the first of so many ranks tells."""
    beside = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    launcher = shutil.which("mpiexec", path=beside)
    if launcher is None:
        raise SystemExit("--ranks needs mpiexec: uv pip install mpi4py mpich")
    asked = json.dumps({"case": case, "steps": steps})
    done = subprocess.run(
        [launcher, "-n", str(ranks), sys.executable, "-m", "tools.bench.ranks_nt", asked],
        cwd=ROOT, env={**os.environ, **dict.fromkeys(POOLS, "1")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{case} on {ranks} ranks failed:\n{done.stderr}")
    return dict(json.loads(done.stdout.splitlines()[-1]))
