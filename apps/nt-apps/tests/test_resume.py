"""A run that was interrupted, in whatever way, becomes the run that was not, bit for bit."""

import os
import signal
import time
from contextlib import redirect_stdout
from io import StringIO

import pytest
from nt_apps.cli import main
from safetensors.numpy import load_file

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")

LONG = ["--steps", 400, "--eval-every", 50, "--sample-every", 100, "--dropout", 0.1]


def wait_for_lines(path, count, process):
    """Wait until a file has so many lines: then the run is somewhere in the step after them."""
    while process.poll() is None:
        if path.exists() and path.read_bytes().count(b"\n") >= count:
            return
        time.sleep(0.002)
    pytest.fail(f"the run ended too soon: {process.communicate()}")


@pytest.fixture(scope="module")
def whole(tmp_path_factory, text, tiny):
    """The run that was never interrupted."""
    out = tmp_path_factory.mktemp("whole") / "run"
    options = ["train", "gpt2", "--data", str(text), "--out", str(out), *tiny]
    with redirect_stdout(StringIO()):
        assert main([*options, *map(str, LONG)]) == 0
    return out


def check_equal(run, whole, learned):
    assert learned(run) == learned(whole)
    assert (run / "samples.txt").read_text("utf-8") == (whole / "samples.txt").read_text("utf-8")
    for name in ("last", "best"):
        one = load_file(run / "checkpoints" / f"{name}.safetensors")
        other = load_file(whole / "checkpoints" / f"{name}.safetensors")
        assert one.keys() == other.keys()
        assert all((one[key] == other[key]).all() for key in one)


@pytest.mark.parametrize("lines", [60, 123, 211])
def test_kill_9_in_the_middle_of_a_step(spawn_training, nt, whole, tmp_path, lines, learned):
    run = tmp_path / "run"
    process = spawn_training(run, *LONG)
    wait_for_lines(run / "metrics.jsonl", lines, process)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    ran = nt("train", "gpt2", "--resume", run)
    assert ran.status == 0, ran.err
    check_equal(run, whole, learned)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_saves_at_the_steps_end_and_leaves_a_usable_run(
    spawn_training, nt, whole, tmp_path, number, learned
):
    run = tmp_path / "run"
    process = spawn_training(run, *LONG)
    wait_for_lines(run / "metrics.jsonl", 77, process)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err == ""
    assert "then stopped" in out
    assert "--resume" in out
    assert (run / "loss.png").exists()
    assert nt("generate", run, "--last", "--tokens", 3, "--prompt", "the").status == 0
    done = learned(run)[-1]["step"]
    assert 76 <= done < 400
    ran = nt("train", "gpt2", "--resume", run)
    assert ran.status == 0, ran.err
    check_equal(run, whole, learned)


def test_resuming_a_finished_run_changes_nothing(nt, whole, learned):
    before = learned(whole)
    assert nt("train", "gpt2", "--resume", whole).status == 0
    assert learned(whole) == before


def test_a_text_that_changed_is_refused(spawn_training, nt, tmp_path, text):
    data = tmp_path / "mine.txt"
    data.write_text(text.read_text("utf-8"), "utf-8")
    run = tmp_path / "run"
    process = spawn_training(run, *LONG, "--data", data)
    wait_for_lines(run / "metrics.jsonl", 10, process)
    process.send_signal(signal.SIGINT)
    process.communicate()
    data.write_text(text.read_text("utf-8").replace("matrix", "mmtrix"), "utf-8")
    ran = nt("train", "gpt2", "--resume", run)
    assert ran.status == 2
    assert "no longer what the run began with" in ran.err.replace("\n", " ")
