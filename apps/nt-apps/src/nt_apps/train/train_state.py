"""All that a run needs to go on as if nothing had happened, saved as one file.

Weights, optimizer, schedule, random stream, the loader's place, the step, and how long the logs
were: one safetensors file that replaces the last one in a single action of the file system. A kill
at any moment therefore leaves a whole state, the new one or the old one, never a mixture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nt_data import DataLoader
from nt_models import GPT2
from nt_nn import checkpoint
from nt_nn.optim import Optimizer
from nt_nn.schedules import Schedule
from nt_tensor import Generator

from nt_apps.errors import UserError, naming, telling
from nt_apps.train.config import TrainConfig, settings_of

__all__ = ["Saved", "TrainState", "read_saved"]

FORMAT = "nt-apps.gpt2/1"


@dataclass(frozen=True)
class Saved:
    """A checkpoint's content, read and checked as far as it can be without a model.

    Attributes:
        path: the file that it came from.
        config: the run's complete config.
        vocab_size: how many tokens the model knows.
        data: the fingerprint of the tokens that it learns from.
        logs: how many bytes each log had.
        rest: the states of the parts.
    """

    path: Path
    config: TrainConfig
    vocab_size: int
    data: str
    logs: dict[str, int]
    rest: dict[str, Any] = field(repr=False)


@dataclass
class TrainState:
    """The parts of a run that change from step to step."""

    model: GPT2
    optimizer: Optimizer
    schedule: Schedule
    loader: DataLoader
    random: Generator  # what dropout draws from
    step: int = 0
    seconds: float = 0.0  # spent on steps, evaluations and samples, over all resumptions
    best: float | None = None  # smallest validation loss so far
    latest: float | None = None  # validation loss when it was last looked at

    def save(
        self, path: Path, config: TrainConfig, vocab_size: int, data: str, logs: Mapping[str, int]
    ) -> None:
        """Write everything into one file, whole or not at all.

        Raises:
            UserError: the disk is full or the folder cannot be written; the old file is kept.
        """
        with naming(path):
            checkpoint.save_state(
                path,
                {
                    "format": FORMAT,
                    "config": asdict(config),
                    "vocab_size": vocab_size,
                    "data": data,
                    "logs": dict(logs),
                    "step": self.step,
                    "seconds": self.seconds,
                    "best": self.best,
                    "latest": self.latest,
                    "random": self.random.state_dict(),
                    "loader": dict(self.loader.state_dict()),
                    "schedule": self.schedule.state_dict(),
                    "model": self.model.state_dict(),
                    "optimizer": self.optimizer.state_dict(),
                },
            )

    def restore(self, saved: Saved) -> None:
        """Take over a saved state.

        Raises:
            UserError: the state does not fit the parts that its own config describes.
        """
        rest = saved.rest
        # What a file claims may have any shape: whatever fails to fit is the file's fault.
        unfit = (ValueError, TypeError, LookupError, AttributeError)
        with telling(*unfit, prefix=f"{saved.path} does not hold a state of this run: "):
            self.model.load_state_dict(rest["model"])
            self.optimizer.load_state_dict(rest["optimizer"])
            self.schedule.load_state_dict(rest["schedule"])
            self.random.load_state_dict(rest["random"])
            self.loader.load_state_dict(rest["loader"])
        self.step, self.seconds = rest["step"], rest["seconds"]
        self.best, self.latest = rest["best"], rest["latest"]


def read_saved(path: Path) -> Saved:
    """Read a checkpoint and check that it is one of a GPT-2 run.

    Raises:
        UserError: the file is missing, cut short, damaged, or holds something else; names the file.
    """
    try:
        with telling(checkpoint.CheckpointError):
            state = checkpoint.load_state(path)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise UserError(f"{path} is no checkpoint of `nt train gpt2`: no format {FORMAT!r} in it")
    number = int | float | None
    expected: dict[str, Any] = {
        "config": dict, "vocab_size": int, "data": str, "logs": dict, "step": int,
        "seconds": float, "best": number, "latest": number, "random": dict, "loader": dict,
        "schedule": dict, "model": dict, "optimizer": dict,
    }  # fmt: skip
    for name, kind in expected.items():
        if name not in state or not isinstance(state[name], kind):
            raise UserError(f"{path} is damaged: its entry {name!r} is missing or malformed")
    if not all(type(size) is int and size >= 0 for size in state["logs"].values()):
        raise UserError(f"{path} is damaged: its entry 'logs' is malformed")
    try:
        config = TrainConfig(**settings_of(state["config"]))
    except UserError as error:
        raise UserError(f"{path} is damaged: {error}") from error
    return Saved(path, config, state["vocab_size"], state["data"], state["logs"], state)
