"""Compare one training step of nt with PyTorch eager: `python -m tools.bench`.

Each measurement is a process of its own, and the libraries take turns: PyTorch, nt, PyTorch, nt, …
In one process the idle threads of one library's BLAS would slow the other down, and on a shared
machine two times that were taken minutes apart do not compare. Hence ratios, pair by pair, and
their median.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .case import CASES, Case
from .op_cases import OP_CASES
from .ops import compare_ops

ROOT = Path(__file__).parents[2]
NO_TORCH = """PyTorch was not found, so there is nothing to compare with. Install it where this
Python sees it,
    uv pip install torch
or name a Python that has it: --torch-python PATH."""


def run(module: str, case: Case, python: str = sys.executable) -> dict[str, Any]:
    """One measurement of a training step, in a process of its own."""
    return work(module, case.to_json(), case.threads, python)


def work(module: str, asked: str, threads: int, python: str = sys.executable) -> dict[str, Any]:
    """A worker in a new process, with the libraries' thread counts fixed from its start."""
    pinned = dict.fromkeys(
        ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads)
    )
    command = [python, "-m", f"tools.bench.{module}", asked]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **pinned}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{module} failed:\n{done.stderr}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def has_torch(python: str) -> bool:
    """Whether that Python can import PyTorch."""
    return not subprocess.run(
        [python, "-c", "import torch"], capture_output=True, check=False
    ).returncode


def compare(case: Case, rounds: int, torch_python: str | None) -> list[str]:
    """Measure one case on every road, in turn, and give the lines of a table."""
    roads: dict[str, tuple[str, Case, str]] = {
        "floor": ("step_floor", case, sys.executable),
        "nt, NumPy": ("step_nt", dataclasses.replace(case, jit=False), sys.executable),
        "nt, NumPy + Numba": ("step_nt", case, sys.executable),
    }
    if torch_python:
        roads["PyTorch eager"] = ("step_torch", case, torch_python)
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in roads}
    for _ in range(rounds):
        for name, road in roads.items():
            results[name].append(run(*road))
    lines = [f"\n{case.name}, {case.tokens} tokens a step, {case.threads} thread(s)"]
    lines.append(
        f"  {'':20}{'tokens/s':>10}{'ratio to PyTorch':>20}{'spread':>14}{'peak memory':>14}"
    )
    for name, found in results.items():
        speed = case.tokens / statistics.median(r["seconds"] for r in found)
        memory = statistics.median(r["peak"] for r in found) / 2**20
        ratio, spread = "", ""
        if torch_python:
            pairs = zip(results["PyTorch eager"], found, strict=True)
            ratios = [theirs["seconds"] / ours["seconds"] for theirs, ours in pairs]
            ratio = f"{statistics.median(ratios):.2f}"
            spread = f"{min(ratios):.2f}-{max(ratios):.2f}"
        lines.append(f"  {name:20}{speed:>10,.0f}{ratio:>20}{spread:>14}{memory:>10,.0f} MiB")
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the options, measure, print."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.bench", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--case", choices=sorted(CASES), action="append", help="default: all")
    parser.add_argument("--threads", type=int, action="append", help="default: 1 and 2")
    parser.add_argument("--rounds", type=int, default=5, help="processes a library (default: 5)")
    parser.add_argument("--steps", type=int, default=20, help="timed steps a process (default: 20)")
    parser.add_argument("--torch-python", metavar="PATH", help="a Python that has PyTorch")
    parser.add_argument("--tape", action="store_true", help="measure an op's bookkeeping instead")
    parser.add_argument("--ops", action="store_true", help="measure single ops instead")
    parser.add_argument(
        "--family", choices=sorted({c.family for c in OP_CASES}), action="append", default=[]
    )
    chosen = parser.parse_args(arguments)
    torch_python = chosen.torch_python or sys.executable
    if not has_torch(torch_python):
        print(NO_TORCH)
        torch_python = None
    if chosen.ops:
        if not torch_python:
            raise SystemExit("--ops compares with PyTorch, and there is none")
        for threads in chosen.threads or [1, 2]:

            def ask(module: str, asked: dict[str, Any], theirs: bool) -> dict[str, float]:
                python = torch_python if theirs else sys.executable
                return work(module, json.dumps(asked), asked["threads"], python)

            lines = compare_ops(ask, threads, chosen.rounds, chosen.family)
            print("\n".join(lines) + "\n", flush=True)
        return
    if chosen.tape:
        print(f"nt: {run('tape_nt', CASES['nano'])}")
        if torch_python:
            print(f"PyTorch: {run('tape_torch', CASES['nano'], torch_python)}")
        return
    for name in chosen.case or sorted(CASES):
        for threads in chosen.threads or [1, 2]:
            case = dataclasses.replace(CASES[name], threads=threads, steps=chosen.steps)
            print("\n".join(compare(case, chosen.rounds, torch_python)), flush=True)


if __name__ == "__main__":
    main()
