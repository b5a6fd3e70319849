"""A run folder becomes a trained model again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nt_nn import Module

from nt_apps.errors import UserError
from nt_apps.train.config import settings_of
from nt_apps.train.run_folder import RunFolder
from nt_apps.train.task import Task
from nt_apps.train.train_state import Saved, read_saved
from nt_apps.train.trainers import trainer

__all__ = ["load_run", "load_task", "task_of"]


def task_of(saved: Saved) -> Task[Any]:
    """Make the trainer that a checkpoint names, with its config.

    Raises:
        UserError: there is no such trainer, or its config is damaged; names the file.
    """
    try:
        kind = trainer(saved.trainer)
        return kind(kind.config_type(**settings_of(kind.config_type, saved.config)))
    except UserError as error:
        raise UserError(f"{saved.path} is damaged: {error}") from error


def load_task(folder: Path, *, last: bool = False) -> tuple[Task[Any], Saved]:
    """Read a run's best checkpoint (or its last one) and what the run kept beside it.

    Raises:
        UserError: there is no such run, or its files are damaged; names the file.
    """
    run = RunFolder.existing(folder)
    saved = read_saved(run.last if last or not run.best.exists() else run.best)
    task = task_of(saved)
    task.reopen(run.path, saved.shape)
    return task, saved


def load_run(folder: Path, *, last: bool = False) -> tuple[Task[Any], Module]:
    """Read a run: its trainer, for what it knows of the data, and the model with its weights.

    Raises:
        UserError: as `load_task`.
    """
    task, saved = load_task(folder, last=last)
    model = task.model()
    saved.load_weights(model)
    model.eval()
    return task, model
