"""What is measured, told and saved beside the walk of a training run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from time import perf_counter
from types import TracebackType
from typing import Any, Self

from rich.console import Console

from nt_apps.errors import UserError
from nt_apps.train.boards import Board, open_boards
from nt_apps.train.config import TrainConfig
from nt_apps.train.log import Log
from nt_apps.train.memory import peak_memory
from nt_apps.train.observer import Observer
from nt_apps.train.progress import TrainProgress
from nt_apps.train.ranks import Ranks
from nt_apps.train.run_folder import RunFolder
from nt_apps.train.task import Figures, Task
from nt_apps.train.train_state import Saved, TrainState

__all__ = ["Watch", "check_finite"]


class Watch:
    """Follows a run: a line of metrics a step; at every look the validation and a checkpoint.

    Nothing that it does changes the walk: it draws from streams of its own.

    Args:
        task: when to look, and at what.
        state: the run that is followed; its step, time and looks are counted here.
        run: where the files go.
        console: where a person watches.
        about: what a checkpoint says of its run.
        saved: the checkpoint that the run goes on from.
        ranks: one of them writes.
        observers: who looks along.
    """

    def __init__(
        self,
        task: Task[Any],
        state: TrainState,
        run: RunFolder,
        console: Console,
        about: Mapping[str, Any],
        saved: Saved | None,
        ranks: Ranks,
        observers: Sequence[Observer],
    ) -> None:
        self._task, self._state, self._run, self._about = task, state, run, about
        self._config: TrainConfig = task.config
        self._ranks, self._writes, self._observers = ranks, ranks.writes, observers
        kept = {} if saved is None else saved.logs
        self._metrics = Log(run.metrics, kept.get("metrics", 0))
        self._samples = Log(run.samples, kept.get("samples", 0))
        self._progress = TrainProgress(console, task.config.steps, task.unit, state.step)
        self._boards: list[Board] = []
        self._open = ExitStack()
        self._mark = 0.0  # when the time was last taken

    def __enter__(self) -> Self:
        state = self._state
        with ExitStack() as opened:
            if self._writes:
                opened.enter_context(self._metrics)
                opened.enter_context(self._samples)
                self._boards = open_boards(self._config, self._run.path, state.step)
                for board in self._boards:
                    opened.enter_context(closing(board))
            opened.enter_context(self._progress)
            for observer in self._observers:
                opened.callback(observer.ends)
                observer.begins(state.model)
            self._mark = perf_counter()
            if state.step == 0:
                self._look({"step": 0})
            self._open = opened.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._open:
            if error is None and not self._is_due():  # stopped between two looks
                self._save()

    @property
    def done(self) -> bool:
        """Whether all steps are taken, or patience is at its end."""
        state, patience = self._state, self._config.patience
        return state.step >= self._config.steps or 0 < patience <= int(state.looks["since"])

    def measured(self) -> None:
        """Let observers see the gradients."""
        for observer in self._observers:
            observer.measured(self._state.step + 1)

    def stepped(self, *, loss: float, norm: float, lr: float, count: int) -> None:
        """Count and note a step that was taken; look and save where it is time."""
        took, state, unit = self._take_time(), self._state, self._task.unit
        state.step += 1
        state.memory = max(state.memory, peak_memory())
        entry = {
            "step": state.step,
            "train_loss": loss,
            "learning_rate": lr,
            "gradient_norm": norm if math.isfinite(norm) else None,
            f"{unit}_per_second": round(count / took, 1),
            "seconds": round(state.seconds, 3),
        }
        if state.scaler.enabled:
            entry["loss_scale"] = state.scaler.get_scale()
        for observer in self._observers:
            entry |= observer.stepped(state.step)
            entry |= observer.noted(entry)
        self._progress.stepped(loss=loss, lr=lr, rate=count / took)
        if self._is_due():
            self._look(entry)
        else:
            self._note(entry)

    def _look(self, entry: dict[str, Any]) -> None:
        task, state = self._task, self._state
        figures = self._ranks.agreed(task.validate(state.judged))
        check_finite(f"validation after step {state.step}", *figures.values(), lr=task.config.lr)
        state.looks = _judge(state.looks, figures, state.step, task)
        self._note({**entry, **figures, "memory_mb": round(state.memory / 1e6, 1)})
        if text := task.sample(state.judged, state.step):
            shown = figures[task.watched]
            title = f"=== step {state.step}, {task.watched} {shown:.4f} ==="
            if self._writes:
                self._samples.write(f"{title}\n{text}\n\n")
            self._progress.sampled(step=state.step, text=text)
        self._take_time()
        self._progress.looked(
            step=state.step,
            train=entry.get("train_loss"),
            figures=figures,
            seconds=state.seconds,
            best=state.looks["since"] == 0,
        )
        self._save()

    def _note(self, entry: dict[str, Any]) -> None:
        if self._writes:
            self._metrics.write_json(entry)
        for board in self._boards:
            board.write(entry)

    def _save(self) -> None:
        if self._writes:
            logs = {"metrics": self._metrics.sync(), "samples": self._samples.sync()}
            self._state.save(self._run.last, self._about, logs)
            if self._state.looks["since"] == 0 and self._is_due():
                self._state.save(self._run.best, self._about, logs)
        self._mark = perf_counter()

    def _is_due(self) -> bool:
        step, config = self._state.step, self._config
        return step % config.eval_every == 0 or step == config.steps

    def _take_time(self) -> float:
        now = perf_counter()
        took, self._mark = now - self._mark, now
        self._state.seconds += took
        return took


def check_finite(where: str, *values: float, lr: float) -> None:
    """Refuse to go on from losses or gradients that are no numbers any more.

    Raises:
        UserError: one of the values is infinite or NaN.
    """
    if not all(map(math.isfinite, values)):
        found = ", ".join(map(str, values))
        raise UserError(
            f"{where}: the loss is no number any more ({found}); try an lr smaller than {lr}. "
            "The last checkpoint is from before"
        )


def _judge(
    before: Mapping[str, Any], figures: Figures, step: int, task: Task[Any]
) -> dict[str, Any]:
    """What the looks have come to: the latest, the best, and how many were no better since."""
    new, old = figures[task.watched], before.get("best", {}).get(task.watched)
    if old is None or (new > old if task.larger_is_better else new < old):
        return {"latest": figures, "best": figures, "best_step": step, "since": 0}
    return {**before, "latest": figures, "since": before["since"] + 1}
