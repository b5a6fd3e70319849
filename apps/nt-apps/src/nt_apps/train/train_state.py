"""Everything that a run needs to go on, in one file.

A checkpoint is one safetensors file: weights (and their mean), optimizer, schedule, scaler, random
state, the loader's place, the time spent, the config, and how long the logs were. It replaces the
one before it in a single action of the file system; a kill at any moment therefore leaves a whole
state, the new one or the old one, never a mixture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nt_data import DataLoader
from nt_nn import AveragedModel, GradScaler, Module, checkpoint
from nt_nn.optim import Optimizer
from nt_nn.schedules import Schedule
from nt_tensor import Generator

from nt_apps.errors import UserError, naming, telling

__all__ = ["Saved", "TrainState", "read_saved"]

FORMAT = "nt-apps.run/1"
# What a file claims may have any shape: whatever fails to fit is the file's fault.
UNFIT = (ValueError, TypeError, LookupError, AttributeError)


@dataclass(frozen=True)
class Saved:
    """A checkpoint's content, read and checked as far as it can be without a model.

    Attributes:
        path: the file that it came from.
        trainer: the name of the trainer.
        config: the run's complete config, as a dictionary.
        shape: what the model depends on of the data.
        data: the fingerprint of the data that it learns from.
        command: the command that began the run.
        logs: how many bytes each log had.
        rest: the states of the parts.
    """

    path: Path
    trainer: str
    config: dict[str, Any]
    shape: dict[str, Any]
    data: str
    command: str
    logs: dict[str, int]
    rest: dict[str, Any] = field(repr=False)

    @property
    def step(self) -> int:
        """How many steps had been taken."""
        return int(self.rest["step"])

    def load_weights(self, model: Module) -> None:
        """Put the weights that the run is judged by into a model: the mean, where one was kept.

        Raises:
            UserError: they do not fit the model.
        """
        average = self.rest["average"]
        with telling(*UNFIT, prefix=f"{self.path}: "):
            if average is None:
                model.load_state_dict(self.rest["model"])
            else:
                inside = {name.removeprefix("module."): x for name, x in average.items()}
                inside.pop("n_averaged")
                model.load_state_dict(inside)


@dataclass
class TrainState:
    """The parts of a run that change from step to step."""

    model: Module
    average: AveragedModel | None
    optimizer: Optimizer
    schedule: Schedule
    scaler: GradScaler
    loader: DataLoader
    random: Generator  # what dropout draws from
    step: int = 0
    seconds: float = 0.0  # spent on steps, evaluations and samples, over all resumptions
    memory: int = 0  # the most bytes that the process took, over all resumptions
    looks: dict[str, Any] = field(default_factory=dict)  # what the latest look gave, and the best

    @property
    def judged(self) -> Module:
        """The model that is looked at: the mean of the weights, where one is kept."""
        return self.model if self.average is None else self.average.module

    def save(self, path: Path, about: Mapping[str, Any], logs: Mapping[str, int]) -> None:
        """Write everything into one file, whole or not at all.

        Args:
            path: where it goes.
            about: `trainer`, `config`, `shape`, `data`, `command`.
            logs: how many bytes each log has.

        Raises:
            UserError: the disk is full or the folder cannot be written; the old file is kept.
        """
        with naming(path):
            checkpoint.save_state(
                path,
                {
                    "format": FORMAT,
                    **about,
                    "logs": dict(logs),
                    "step": self.step,
                    "seconds": self.seconds,
                    "memory": self.memory,
                    "looks": self.looks,
                    "random": self.random.state_dict(),
                    "loader": dict(self.loader.state_dict()),
                    "schedule": self.schedule.state_dict(),
                    "scaler": self.scaler.state_dict(),
                    "model": self.model.state_dict(),
                    "average": None if self.average is None else self.average.state_dict(),
                    "optimizer": self.optimizer.state_dict(),
                },
            )

    def restore(self, saved: Saved) -> None:
        """Take over a saved state.

        Raises:
            UserError: the state does not fit the parts that its own config describes.
        """
        rest = saved.rest
        with telling(*UNFIT, prefix=f"{saved.path} does not hold a state of this run: "):
            self.model.load_state_dict(rest["model"])
            if self.average is not None:
                self.average.load_state_dict(rest["average"])
            self.optimizer.load_state_dict(rest["optimizer"])
            self.schedule.load_state_dict(rest["schedule"])
            self.scaler.load_state_dict(rest["scaler"])
            self.random.load_state_dict(rest["random"])
            self.loader.load_state_dict(rest["loader"])
        self.step, self.seconds, self.looks = rest["step"], rest["seconds"], rest["looks"]
        self.memory = rest["memory"]


def read_saved(path: Path) -> Saved:
    """Read a checkpoint and check that it is one of a run.

    Raises:
        UserError: the file is missing, cut short, damaged, or holds something else; names the file.
    """
    try:
        with telling(checkpoint.CheckpointError):
            state = checkpoint.load_state(path)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise UserError(f"{path} is no checkpoint of `nt train`: no format {FORMAT!r} in it")
    expected: dict[str, Any] = {
        "trainer": str, "config": dict, "shape": dict, "data": str, "command": str, "logs": dict,
        "step": int, "seconds": float, "memory": int, "looks": dict, "random": dict,
        "loader": dict, "schedule": dict, "scaler": dict, "model": dict,
        "average": dict | None, "optimizer": dict,
    }  # fmt: skip
    for name, kind in expected.items():
        if name not in state or not isinstance(state[name], kind):
            raise UserError(f"{path} is damaged: its entry {name!r} is missing or malformed")
    if not all(type(size) is int and size >= 0 for size in state["logs"].values()):
        raise UserError(f"{path} is damaged: its entry 'logs' is malformed")
    named = {name: state[name] for name in ("trainer", "config", "shape", "data", "command")}
    return Saved(path, **named, logs=state["logs"], rest=state)
