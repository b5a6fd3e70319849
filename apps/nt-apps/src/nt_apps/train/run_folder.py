"""The folder that a run leaves behind: which file is where."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from nt_apps.errors import UserError, naming

__all__ = ["RunFolder"]


@dataclass(frozen=True)
class RunFolder:
    """Names and places of a run's files.

    Example:
        >>> RunFolder(Path("runs/mine")).metrics.as_posix()
        'runs/mine/metrics.jsonl'
    """

    path: Path

    @property
    def config(self) -> Path:
        """The complete config, to read and to repeat the run by."""
        return self.path / "config.toml"

    @property
    def tokenizer(self) -> Path:
        """The tokenizer of a language model, without which the weights mean nothing."""
        return self.path / "tokenizer.json"

    @property
    def metrics(self) -> Path:
        """One JSON object a line: what each step measured."""
        return self.path / "metrics.jsonl"

    @property
    def samples(self) -> Path:
        """What the model wrote before, during and after; empty where it writes nothing."""
        return self.path / "samples.txt"

    @property
    def curve(self) -> Path:
        """The loss curve, a picture."""
        return self.path / "loss.png"

    @property
    def course(self) -> Path:
        """Learning rate, gradient norm and throughput, a picture."""
        return self.path / "course.png"

    @property
    def summary(self) -> Path:
        """The figures at the end."""
        return self.path / "summary.json"

    @property
    def last(self) -> Path:
        """The latest checkpoint: what `--resume` goes on from."""
        return self.path / "checkpoints" / "last.safetensors"

    @property
    def best(self) -> Path:
        """The checkpoint of the best look: what a trained run is used with."""
        return self.path / "checkpoints" / "best.safetensors"

    @classmethod
    def planned(cls, wanted: Path | None, name: str) -> RunFolder:
        """Choose a folder for a new run: the wanted one, or `runs/<name>-<date>-<time>`.

        Raises:
            UserError: the wanted folder has something in it, or is none.

        Example:
            >>> RunFolder.planned(Path("mine"), "gpt2").path.name
            'mine'
        """
        path = wanted or _unused(Path("runs") / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}")
        if path.exists() and not path.is_dir():
            raise UserError(f"{path} is no folder: name another with --out")
        if path.exists() and any(path.iterdir()):
            raise UserError(
                f"the run folder {path} is not empty: name another with --out, "
                "or go on with --resume"
            )
        return cls(path)

    def make(self) -> None:
        """Make the folder, and the one for checkpoints in it.

        Raises:
            UserError: it cannot be made.
        """
        with naming(self.path):
            self.last.parent.mkdir(parents=True, exist_ok=True)

    @classmethod
    def existing(cls, path: Path) -> RunFolder:
        """Find the folder of an earlier run.

        Raises:
            UserError: there is no such folder, or no run in it.

        Example:
            >>> RunFolder.existing(Path("nowhere"))
            Traceback (most recent call last):
                ...
            nt_apps.errors.UserError: there is no run folder nowhere
        """
        run = cls(path)
        if not path.is_dir():
            raise UserError(f"there is no run folder {path}")
        if not run.last.is_file():
            raise UserError(f"{path} holds no run: there is no {run.last.relative_to(path)} in it")
        return run

    def files(self) -> list[Path]:
        """List what the run has written, in the order of this class; then what its trainer drew."""
        known = [self.config, self.tokenizer, self.metrics, self.samples, self.curve, self.course,
                 self.summary, self.last, self.best]  # fmt: skip
        drawn = sorted({*self.path.glob("*.png")} - {*known})
        return [path for path in [*known, *drawn] if path.exists() and path.stat().st_size]


def _unused(path: Path) -> Path:
    """The path, with a number behind it where two runs begin in one second."""
    candidate, number = path, 2
    while candidate.exists():
        candidate, number = path.with_name(f"{path.name}-{number}"), number + 1
    return candidate
