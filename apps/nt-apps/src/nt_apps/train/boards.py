"""Metrics for other programs' pages: TensorBoard's events, Weights & Biases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from nt_apps.errors import UserError
from nt_apps.train.config import TrainConfig

__all__ = ["Board", "check_boards", "open_boards"]


class Board(Protocol):
    """Where the metrics of a step go."""

    def write(self, entry: Mapping[str, Any]) -> None:
        """Take the figures of one step, `step` among them."""

    def close(self) -> None:
        """Write down what is not written yet."""


class TensorBoard:
    """Event files in the run's folder: `tensorboard --logdir runs` shows them."""

    def __init__(self, folder: Path, step: int) -> None:
        from tensorboardX import SummaryWriter

        # A resumed run writes the steps behind its checkpoint again: earlier events of them go.
        again = step + 1 if step else None
        self._writer = SummaryWriter(str(folder / "tensorboard"), purge_step=again)

    def write(self, entry: Mapping[str, Any]) -> None:
        """A scalar for each number."""
        for name, value in numbers(entry).items():
            self._writer.add_scalar(name, value, entry["step"])

    def close(self) -> None:
        """Flush the file."""
        self._writer.close()


class WandB:
    """A run of Weights & Biases with the run folder's name; its account is its library's matter."""

    def __init__(self, folder: Path, config: Mapping[str, Any]) -> None:
        import wandb

        self._run = wandb.init(
            project="nt", name=folder.name, id=folder.name, dir=str(folder), resume="allow",
            config=dict(config),
        )  # fmt: skip

    def write(self, entry: Mapping[str, Any]) -> None:
        """All numbers of a step."""
        self._run.log(numbers(entry), step=entry["step"])

    def close(self) -> None:
        """Send what is not sent yet."""
        self._run.finish()


def check_boards(config: TrainConfig) -> None:
    """Refuse a board whose library is not here, before anything is begun.

    Raises:
        UserError: it is missing; names the extra that brings it.
    """
    for name, module in (("tensorboard", "tensorboardX"), ("wandb", "wandb")):
        if getattr(config, name) and find_spec(module) is None:
            raise UserError(f'{name} needs {module}: pip install "nt-apps[{name}]"')


def open_boards(config: TrainConfig, folder: Path, step: int) -> list[Board]:
    """Open what the config asks for."""
    boards: list[Board] = []
    if config.tensorboard:
        boards.append(TensorBoard(folder, step))
    if config.wandb:
        boards.append(WandB(folder, asdict(config)))
    return boards


def numbers(entry: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    """The numbers in a line of metrics, those of inner dicts under dotted names.

    Example:
        >>> numbers({"step": 3, "loss": 0.5, "norms": {"head": 2.0}, "gradient_norm": None})
        {'loss': 0.5, 'norms.head': 2.0}
    """
    found: dict[str, float] = {}
    for name, value in entry.items():
        if isinstance(value, Mapping):
            found |= numbers(value, f"{prefix}{name}.")
        elif isinstance(value, int | float) and name != "step":
            found[prefix + name] = value
    return found
