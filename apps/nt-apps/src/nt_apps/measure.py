"""A run's figures, measured anew."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nt_tensor import jit

from nt_apps.errors import UserError
from nt_apps.train.loop import on_device
from nt_apps.train.reopen import load_task
from nt_apps.train.run_folder import RunFolder
from nt_apps.train.summary import read_summary
from nt_apps.train.task import Figures

__all__ = ["Measured", "measure"]


@dataclass(frozen=True)
class Measured:
    """What a checkpoint's model reaches.

    Attributes:
        measured_on: what on, and with which weights.
        figures: by name.
        baselines: the same of the baselines.
        told: what the run's summary says; None where it was not finished.
    """

    measured_on: str
    figures: Figures
    baselines: dict[str, Figures]
    told: Figures | None


def measure(folder: Path, *, last: bool = False, device: str | None = None) -> Measured:
    """Measure a run's model as the run itself did at its end.

    Args:
        folder: the run folder.
        last: use the last checkpoint and not the best one.
        device: where to compute; by default where the run did.

    Raises:
        UserError: there is no such run, its files are damaged, or its data is not what it was.
    """
    task, saved = load_task(folder, last=last)
    jit(task.config.jit)
    with on_device(device or task.config.device):
        task.prepare()
        if task.fingerprint() != saved.data:
            raise UserError(
                f"the data of {folder} ({task.facts()['data']}) is no longer what it learned from"
            )
        model = task.model()
        saved.load_weights(model)
        figures = task.measure(model, task.answer(model))
        baselines = task.baselines()
    told = None
    run = RunFolder.existing(folder)
    if not last and run.summary.exists():
        summary = read_summary(run.summary)
        told = summary["figures"] if summary["finished"] else None
    on = f"{task.facts()['measured_on']}, with the weights of step {saved.step}"
    return Measured(on, figures, baselines, told)
