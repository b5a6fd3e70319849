"""Compare nt with PyTorch eager: `python -m tools.bench`.

Each measurement is a process of its own, and the libraries take turns: PyTorch, nt, PyTorch, nt, …
In one process the idle threads of one library's BLAS would slow the other down, and on a shared
machine two times that were taken minutes apart do not compare. Hence ratios, pair by pair, and
their median.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from .case import CASES, SIX
from .generation import compare_generation
from .op_cases import OP_CASES
from .ops import compare_ops
from .ranks import compare_ranks
from .steps import compare_steps
from .workers import work

NO_TORCH = """PyTorch was not found, so there is nothing to compare with. Install it where this
Python sees it,
    uv pip install torch
or name a Python that has it: --torch-python PATH."""


def has(library: str, python: str) -> bool:
    """Whether that Python can import a library."""
    return not subprocess.run(
        [python, "-c", f"import {library}"], capture_output=True, check=False
    ).returncode


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
        "--generate", action="store_true", help="measure GPT-2's generation instead"
    )
    parser.add_argument(
        "--ranks", type=int, metavar="N", help="measure one rank of MPI against N instead"
    )
    parser.add_argument(
        "--family", choices=sorted({c.family for c in OP_CASES}), action="append", default=[]
    )
    chosen = parser.parse_args(arguments)
    if chosen.ranks:
        for line in compare_ranks(chosen.case or SIX, chosen.ranks, chosen.rounds, chosen.steps):
            print(line, flush=True)
        return
    threads = chosen.threads or [1, 2]
    torch_python = chosen.torch_python or sys.executable
    if not has("torch", torch_python):
        print(NO_TORCH)
        torch_python = None
    if chosen.ops:
        if not torch_python:
            raise SystemExit("--ops compares with PyTorch, and there is none")

        def ask(module: str, asked: dict[str, Any], theirs: bool) -> dict[str, float]:
            python = torch_python if theirs else sys.executable
            return work(module, json.dumps(asked), asked["threads"], python)

        for count in threads:
            print(
                "\n".join(compare_ops(ask, count, chosen.rounds, chosen.family)) + "\n", flush=True
            )
    elif chosen.generate:
        if not torch_python or not has("transformers", torch_python):
            raise SystemExit("--generate compares with transformers, and there is none")
        for line in compare_generation(threads, chosen.rounds, torch_python):
            print(line, flush=True)
    elif chosen.tape:
        print(f"nt: {work('tape_nt', '', 1)}")
        if torch_python:
            print(f"PyTorch: {work('tape_torch', '', 1, torch_python)}")
    else:
        cases = chosen.case or list(CASES)
        for line in compare_steps(cases, threads, chosen.rounds, chosen.steps, torch_python):
            print(line, flush=True)


if __name__ == "__main__":
    main()
