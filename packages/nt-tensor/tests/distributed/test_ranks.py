"""Ranks: what is summed, sent round and gathered is right on each, under every engine that runs."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from nt_tensor.distributed import SingleProcess, connect, launched

RANKS = Path(__file__).parent / "ranks.py"
BESIDE = Path(sys.executable).parent  # where an environment's launchers lie


def run(launcher, *command, seconds=60):
    path = shutil.which(launcher, path=f"{BESIDE}{os.pathsep}{os.environ.get('PATH', '')}")
    if path is None:
        pytest.skip(f"{launcher} is not installed")
    return subprocess.run(
        [path, *map(str, command)], capture_output=True, text=True, timeout=seconds, check=False
    )


@pytest.mark.parametrize("size", [1, 3])
def test_ranks_of_mpi_agree(size):
    pytest.importorskip("mpi4py")
    start = time.monotonic()
    done = run("mpiexec", "-n", size, sys.executable, RANKS, "mpi")
    if size == 1:
        assert done.returncode == 0, done.stderr
        assert "rank 0 of 1 is content" in done.stdout
    else:  # the last act: the others hang, rank 0 notices and ends them
        assert "rank 0 did not wait for ever" in done.stdout, done.stdout + done.stderr
        assert done.returncode in (3, 9)  # the abort's own, or the signal by which others ended
        assert time.monotonic() - start < 30


def test_ranks_of_mlx_agree():
    pytest.importorskip("mlx")
    done = run("mlx.launch", "-n", 2, "--backend", "ring", "--", sys.executable, RANKS, "mlx")
    assert done.returncode == 0, done.stdout + done.stderr
    for rank in range(2):
        assert f"rank {rank} of 2 is content" in done.stdout


def test_a_process_alone_is_a_group_of_one():
    group = connect()
    x = np.arange(3.0)
    assert isinstance(group, SingleProcess)
    assert (group.all_reduce(x) == x).all()
    assert (group.broadcast(x) == x).all()
    assert (group.all_gather(x)[0] == x).all()
    with pytest.raises(ValueError, match=r"must differ in their length alone, got float64 \(\)"):
        group.all_gather(x[0])
    assert group.broadcast_object([1]) == [1]
    group.barrier()
    with pytest.raises(ValueError, match=r"root \(1\) must be a rank"):
        group.broadcast(x, 1)
    with pytest.raises(SystemExit) as end:
        group.abort(4)
    assert end.value.code == 4


def test_the_launcher_is_told_by_its_marks(monkeypatch):
    for name in ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MLX_RANK"):
        monkeypatch.delenv(name, raising=False)
    assert launched() == "single"
    monkeypatch.setenv("PMI_SIZE", "1")
    assert launched() == "single"
    monkeypatch.setenv("PMI_SIZE", "2")
    assert launched() == "mpi"
    monkeypatch.setenv("MLX_RANK", "0")
    assert launched() == "mlx"


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_a_timeout_is_above_zero(timeout):
    with pytest.raises(ValueError, match=r"timeout \(.*\) must be above 0"):
        connect("mpi", timeout=timeout)


def test_a_missing_engine_names_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r'pip install "nt-tensor\[mpi\]"'):
        connect("mpi")
    with pytest.raises(ImportError, match=r'pip install "nt-tensor\[mlx\]"'):
        connect("mlx")
