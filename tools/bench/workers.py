"""Worker processes: each measurement is one, with the libraries' threads fixed from its start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
POOLS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def work(module: str, asked: str, threads: int, python: str = sys.executable) -> dict[str, Any]:
    """What a worker module prints for one argument.

    Args:
        module: in this folder.
        asked: its argument.
        threads: of its libraries.
        python: which runs it.
    """
    done = subprocess.run(
        [python, "-m", f"tools.bench.{module}", asked],
        cwd=ROOT,
        env={**os.environ, **dict.fromkeys(POOLS, str(threads))},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{module} {asked} failed:\n{done.stderr}")
    lines = done.stdout.splitlines()
    return dict(json.loads(lines[-1])) if lines else {}
