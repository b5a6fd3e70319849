"""`mpiexec -n 2 nt train …`: two processes train as one does, and end together."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from nt_apps.train.ranks import Ranks, join

pytest.importorskip("mpi4py")
BESIDE = Path(sys.executable).parent  # where an environment's launchers lie
MPIEXEC = shutil.which("mpiexec", path=f"{BESIDE}{os.pathsep}{os.environ.get('PATH', '')}")
launched = pytest.mark.skipif(MPIEXEC is None, reason="mpiexec is not installed")


@pytest.fixture
def ranks():
    """Start the command on several ranks; what still runs at the end is ended."""
    started = []

    def start(count, *arguments):
        command = [MPIEXEC, "-n", count, sys.executable, "-m", "nt_apps", *arguments]
        process = subprocess.Popen(
            list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()


def check_alike(one, other, learned):
    for a, b in zip(learned(one), learned(other), strict=True):
        assert a.keys() == b.keys()
        for name, value in a.items():
            assert b[name] == pytest.approx(value, rel=1e-5), (name, a["step"])


@launched
def test_two_ranks_train_as_one_process(ranks, train, text, tiny, tmp_path, learned):
    alone = train("--accumulate", 2, "--ema", 0.9)
    both = tmp_path / "both"
    options = ["--data", text, "--out", both, *tiny, "--accumulate", 2, "--ema", 0.9]
    out, err = (process := ranks(2, "train", "gpt2", *options)).communicate(timeout=120)
    assert process.returncode == 0, out + err
    check_alike(alone, both, learned)
    assert out.count("baselines") == 1, "one rank talks"
    assert json.loads((both / "summary.json").read_text())["finished"]


@launched
def test_two_ranks_compare_the_pairs_of_both(ranks, nt, tmp_path, learned):
    draw = np.random.default_rng(0)
    lines = ["image,text,group"]
    for i in range(96):
        (tmp_path / f"{i}.pgm").write_bytes(b"P5 8 8 255 " + draw.bytes(64))
        lines.append(f"{i}.pgm,{'a' * (1 + i % 40)} {i % 60},x")  # captions of any length; twins
    table = tmp_path / "pairs.csv"
    table.write_text("\n".join(lines), "utf-8")
    options = ["--data", table, "--side", 8, "--tower", "vit", "--width", 16, "--text-width", 16,
               "--text-layers", 1, "--heads", 2, "--projection", 16, "--tokenizer", "char",
               "--batch-size", 25, "--dropout", 0, "--steps", 12, "--eval-every", 6, "--no-jit",
               "--accumulate", 2, "--ema", 0.9]  # fmt: skip
    alone, both = tmp_path / "alone", tmp_path / "both"
    ran = nt("train", "clip", *options, "--out", alone)
    assert ran.status == 0, ran.err
    out, err = (process := ranks(2, "train", "clip", *options, "--out", both)).communicate(
        timeout=120
    )
    assert process.returncode == 0, out + err
    check_alike(alone, both, learned)
    few = ranks(2, "train", "clip", *options, "--batch-size", 1, "--out", tmp_path / "few")
    _, err = few.communicate(timeout=60)
    assert few.returncode == 2
    assert "a batch of 1 samples is too small for 2 ranks" in err


@launched
def test_two_ranks_translate_as_one_process(ranks, nt, tmp_path, learned):
    draw = np.random.default_rng(0)
    words = [f"w{i}" for i in range(20)]
    rows = {" ".join(draw.choice(words, draw.integers(1, 9))) for _ in range(300)}
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("".join(f"{row}\t{row.upper()}\n" for row in sorted(rows)), "utf-8")
    options = ["--data", pairs, "--layers", 1, "--heads", 2, "--head-dim", 8, "--width", 16,
               "--hidden", 16, "--vocab-size", 280, "--batch-size", 25, "--steps", 12,
               "--eval-every", 6, "--sample-every", 12, "--eval-sentences", 2, "--beams", 1,
               "--dropout", 0, "--workers", 0, "--no-jit"]  # fmt: skip
    alone, both = tmp_path / "alone", tmp_path / "both"
    ran = nt("train", "t5", *options, "--out", alone)
    assert ran.status == 0, ran.err
    out, err = (process := ranks(2, "train", "t5", *options, "--out", both)).communicate(
        timeout=120
    )
    assert process.returncode == 0, out + err
    check_alike(alone, both, learned)
    few = ranks(2, "train", "t5", *options, "--batch-size", 1, "--out", tmp_path / "few")
    _, err = few.communicate(timeout=60)
    assert few.returncode == 2
    assert "a batch of 1 samples is too small for 2 ranks" in err


@launched
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are found in /proc")
def test_a_killed_rank_ends_the_run_and_leaves_it_resumable(
    ranks, train, nt, text, tiny, tmp_path, learned
):
    more = ["--steps", 400, "--eval-every", 40]
    whole = train(*more)
    run = tmp_path / "killed"
    process = ranks(2, "train", "gpt2", "--data", text, "--out", run, *tiny, *more)
    metrics = run / "metrics.jsonl"
    while not (metrics.exists() and metrics.read_bytes().count(b"\n") > 60):
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    os.kill(one_of(run), signal.SIGKILL)
    start = time.monotonic()
    process.communicate(timeout=30)
    assert process.returncode != 0
    assert time.monotonic() - start < 10
    ran = nt("train", "gpt2", "--resume", run)  # on another number of ranks: one
    assert ran.status == 0, ran.err
    check_alike(whole, run, learned)


def one_of(run):
    """The last process that has this run's folder on its command line."""
    found = [
        int(process.name)
        for process in Path("/proc").iterdir()
        if process.name.isdigit()
        and (line := (process / "cmdline")).exists()
        and str(run) in (words := line.read_bytes().decode(errors="replace"))
        and "mpiexec" not in words
        and "nt_apps" in words
    ]
    return max(found)


@launched
def test_what_no_rank_can_do_is_told_once(ranks, text, tiny, tmp_path):
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "file").write_text("mine")
    process = ranks(2, "train", "gpt2", "--data", text, "--out", taken, *tiny)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert err.count("nt: error") == 1
    assert "rank 0: the run folder" in err
    assert [each.name for each in taken.iterdir()] == ["file"]


def test_a_process_alone_joins_nobody():
    alone = join("cpu")
    assert (alone.rank, alone.size, alone.writes, alone.device("cuda")) == (0, 1, True, "cuda")
    with pytest.raises(KeyError), alone.ending_together():
        raise KeyError("the reason stays what it was")
    assert isinstance(alone, Ranks)
