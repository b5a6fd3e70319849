"""A text with structure, runs so small that they take a second, and two ways to start them."""

import json
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from nt_apps.cli import main

TINY = [
    "--layers=1", "--heads=2", "--width=32", "--context=24", "--batch-size=8", "--steps=60",
    "--eval-every=20", "--eval-batches=4", "--sample-every=20", "--sample-tokens=30",
    "--tokenizer=char", "--threads=2", "--no-jit",
]  # fmt: skip


@pytest.fixture(scope="session")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lines of a small grammar: what a word is depends on more than the character before it."""
    draw = random.Random(0)
    nouns = ["matrix", "vector", "scalar", "tensor", "number", "needle"]
    verbs = ["multiplies", "divides", "returns", "mutates", "numbers"]
    lines = [
        f"the {draw.choice(nouns)} {draw.choice(verbs)} the {draw.choice(nouns)};"
        for _ in range(2500)
    ]
    path = tmp_path_factory.mktemp("text") / "grammar.txt"
    path.write_text("\n".join(lines), "utf-8")
    return path


@dataclass
class Ran:
    status: int
    out: str
    err: str


@pytest.fixture
def nt(capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run the command in this process."""

    def run(*arguments: object) -> Ran:
        capfd.readouterr()
        status = main([str(argument) for argument in arguments])
        return Ran(status, *capfd.readouterr())

    return run


@pytest.fixture
def train(nt: Callable[..., Ran], text: Path, tmp_path: Path) -> Callable[..., Path]:
    """Train a tiny model in this process; gives the run folder."""

    def run(*options: object, name: str = "run") -> Path:
        out = tmp_path / name
        ran = nt("train", "gpt2", "--data", text, "--out", out, *TINY, *options)
        assert ran.status == 0, ran.err
        return out

    return run


@pytest.fixture
def spawn(text: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start the command in a process of its own."""

    def start(*arguments: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "nt_apps", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


@pytest.fixture
def spawn_training(
    spawn: Callable[..., subprocess.Popen[str]], text: Path
) -> Callable[..., subprocess.Popen[str]]:
    """Start to train a tiny model in a process of its own."""

    def start(out: Path, *options: object) -> subprocess.Popen[str]:
        return spawn("train", "gpt2", "--data", text, "--out", out, *TINY, *options)

    return start


@pytest.fixture(scope="session")
def learned() -> Callable[[Path], list[dict[str, float]]]:
    """Read the metrics of a run without its times, which no two runs share."""

    def read(run: Path) -> list[dict[str, float]]:
        lines = (run / "metrics.jsonl").read_text("utf-8").splitlines()
        timed = ("seconds", "tokens_per_second", "images_per_second", "memory_mb")
        return [{k: v for k, v in json.loads(line).items() if k not in timed} for line in lines]

    return read


@pytest.fixture(scope="session")
def tiny() -> list[str]:
    """The options of a run that takes a second."""
    return TINY
