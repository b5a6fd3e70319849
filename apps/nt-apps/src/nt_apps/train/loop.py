"""The loop of all trainers.

    batches = [next(loader) ...]                  as many as one step accumulates
    optimizer.zero_grad()
    loss = backward(batches)                      task.loss(model, *batch).backward(), in shares
    norm = clip_grad_norm_(parameters, clip)
    optimizer.step()

`fit` is this walk. What a trainer adds is a `Task` (its contract stands at the head of
`nt_apps.train.task`): a new trainer is one file with a config and a task, and needs no change here.
Measuring, telling and saving are `Watch`'s; what goes into a checkpoint, `TrainState`'s; several
processes, `Ranks`'; and `Observer`s may look on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np
from nt_nn import AveragedModel, GradScaler, clip_grad_norm_
from nt_tensor import jit, manual_seed, use_device
from rich.console import Console

from nt_apps.errors import UserError, naming, telling
from nt_apps.train.backward import Backward, check_precision
from nt_apps.train.boards import check_boards
from nt_apps.train.curve import draw_course, draw_curve
from nt_apps.train.log import read_metrics
from nt_apps.train.observer import Observer
from nt_apps.train.optimizers import make_optimizer, make_schedule
from nt_apps.train.ranks import Ranks
from nt_apps.train.run_folder import RunFolder
from nt_apps.train.stop import StopSignal
from nt_apps.train.summary import Summary
from nt_apps.train.task import Task
from nt_apps.train.train_state import Saved, TrainState, read_saved
from nt_apps.train.watch import Watch, check_finite

__all__ = ["fit", "on_device"]

SMALLEST_SCALE = 2.0**-10  # below, float16's gradients overflow whatever the loss is scaled by


def fit(
    task: Task[Any],
    run: RunFolder,
    console: Console,
    saved: Saved | None = None,
    *,
    command: str = "",
    ranks: Ranks | None = None,
    observers: Sequence[Observer] = (),
) -> Summary:
    """Train, look, save; stop early when asked to, and leave a run that can go on.

    Args:
        task: the trainer, with its config.
        run: where its files go.
        console: where a person watches.
        saved: the checkpoint to go on from.
        command: what the person typed, for the summary.
        ranks: who else takes part; nobody by default.
        observers: who looks at gradients and updates.

    Returns:
        What it came to; `finished` is False where it was stopped before its end.

    Raises:
        UserError: the data, the device or the checkpoint cannot be used, the disk is full, or the
            loss is no number any more.
    """
    config = task.config
    task.ranks = ranks = ranks or Ranks()
    if config.diagnose and ranks.writes:
        from nt_apps.diagnose import Diagnostics

        observers = [*observers, Diagnostics(config.diagnose, run, console)]
    jit(config.jit)
    check_boards(config)
    with on_device(ranks.device(config.device)):
        check_precision(config.precision)
        about = _read(task, run, console, saved, command)
        state = _begin(task)  # before anything is written: sizes may not fit together
        if saved is not None:
            state.restore(saved)
        elif ranks.writes:
            _write_down(task, run)
        model, optimizer, scaler = state.model, state.optimizer, state.scaler
        parameters = list(model.parameters())

        with (
            StopSignal() as stop,
            Backward(task, model, scaler, ranks) as backward,
            closing(state.loader.forever()) as loader,
            Watch(task, state, run, console, about, saved, ranks, observers) as watch,
        ):
            while not watch.done and not ranks.any(stop.asked):
                batches = [next(loader) for _ in range(config.accumulate)]
                optimizer.zero_grad()
                loss = backward(batches)
                scaler.unscale_(optimizer)
                watch.measured()
                norm = float(clip_grad_norm_(parameters, config.clip or math.inf))
                _check_step(state, loss, norm, config.lr)
                scaler.step(optimizer)
                scaler.update()
                rate = state.schedule.get_last_lr()[0]
                state.schedule.step()
                _average(state, config.ema)
                count = int(ranks.sum(sum(task.count(*batch) for batch in batches)))
                watch.stepped(loss=loss, norm=norm, lr=rate, count=count)
            done = watch.done
        return _summed_up(task, run, state, about, done, ranks)


@contextmanager
def on_device(device: str) -> Iterator[None]:
    """Make arrays on a device; say so in a line if it cannot be used here."""
    with telling(ValueError, ImportError, RuntimeError), use_device(device):
        pass
    with use_device(device):
        yield


def _read(
    task: Task[Any], run: RunFolder, console: Console, saved: Saved | None, command: str
) -> dict[str, Any]:
    """Read the data, or find it as it was; gives what a checkpoint says of its run."""
    with console.status("reading the data"):
        if saved is not None:
            task.reopen(run.path, saved.shape)
        task.prepare()
        data, baselines = task.fingerprint(), task.baselines()
    if saved is not None and data != saved.data:
        raise UserError(
            f"{run.path} cannot go on: its data ({task.facts()['data']}) is no longer what the "
            "run began with"
        )
    told = "; ".join(
        f"{name} " + ", ".join(f"{key} {value:.4f}" for key, value in row.items())
        for name, row in baselines.items()
    )
    console.print(f"{task.facts()['data']}; baselines: {told}", highlight=False, markup=False)
    return {
        "trainer": task.name,
        "config": asdict(task.config),
        "shape": task.shape,
        "data": data,
        "command": command if saved is None else saved.command,
    }


def _write_down(task: Task[Any], run: RunFolder) -> None:
    """Make the run folder, with what the run is made of."""
    run.make()
    task.keep(run.path)
    with naming(run.config):
        run.config.write_text(task.config.to_toml(task.name), "utf-8")


def _begin(task: Task[Any]) -> TrainState:
    """The state before the first step."""
    config, model = task.config, task.model()
    with telling(ValueError):
        optimizer = make_optimizer(config, model)
        schedule = make_schedule(config, optimizer)
    average = AveragedModel(model, config.ema, use_buffers=True) if config.ema else None
    return TrainState(
        model=model,
        average=average,
        optimizer=optimizer,
        schedule=schedule,
        scaler=GradScaler(enabled=config.precision == "float16"),
        loader=task.loader(),
        random=manual_seed(config.seed),  # one stream: Parallel gives each rank and thread its own,
    )


def _check_step(state: TrainState, loss: float, norm: float, lr: float) -> None:
    """An infinite gradient ends a run, but for float16, where the scaler leaves the step out."""
    where = f"step {state.step + 1}"
    if not state.scaler.enabled:
        check_finite(where, loss, norm, lr=lr)
    elif not math.isfinite(norm) and state.scaler.get_scale() < SMALLEST_SCALE:
        raise UserError(
            f"{where}: float16's gradients overflow however small the loss is scaled; try "
            f"--precision bfloat16 or an lr smaller than {lr}"
        )


def _average(state: TrainState, ema: float) -> None:
    """Take the new weights into the mean, which forgets faster while there are few."""
    if state.average is not None:
        state.average.decay = min(ema, (1 + state.step) / (10 + state.step))
        state.average.update_parameters(state.model)


def _summed_up(
    task: Task[Any],
    run: RunFolder,
    state: TrainState,
    about: dict[str, Any],
    done: bool,
    ranks: Ranks,
) -> Summary:
    """Measure once with the weights that validation chose, draw, and write down the figures."""
    config, looks = task.config, state.looks
    title = task.watched.replace("_", " ")
    figures = dict(looks["latest"])
    measured_on = f"validation, as looked at before step {state.step}"
    baselines = task.baselines()
    if done and ranks.writes:
        best = state.judged
        read_saved(run.best).load_weights(best)
        said = task.answer(best)
        figures = task.measure(best, said)
        kind = "largest" if task.larger_is_better else "smallest"
        measured_on = (
            f"{task.facts()['measured_on']}, once, with the weights of step {looks['best_step']}: "
            f"the {kind} {title}"
        )
    metrics = read_metrics(run.metrics) if ranks.writes else []
    levels = {name: row["loss"] for name, row in baselines.items() if "loss" in row}
    data = task.facts()["data"]
    if ranks.writes:
        draw_curve(run.curve, metrics, levels, f"{task.name} learns {data} (seed {config.seed})")
        draw_course(run.course, metrics, task.unit)
        if done:
            task.draw(best, said, run.path)
    name = f"{task.unit}_per_second"
    rates = [entry[name] for entry in metrics if name in entry]
    kernels = "Numba kernels" if config.jit and find_spec("numba") else "plain kernels"
    machine = f"cpu, {config.threads} threads, {kernels}"
    summary = Summary(
        trainer=task.name,
        command=about["command"],
        facts={name: text for name, text in task.facts().items() if name != "measured_on"},
        seed=config.seed,
        parameters=sum(parameter.numel() for parameter in state.model.parameters()),
        machine=machine if config.device == "cpu" else config.device,
        step=state.step,
        steps=config.steps,
        finished=done,
        stopped_early=done and state.step < config.steps,
        measured_on=measured_on,
        figures=figures,
        baselines=baselines,
        validation=looks["best"],
        best_step=looks["best_step"],
        unit=task.unit,
        rate=round(float(np.median(rates)), 1) if rates else 0.0,
        seconds=round(state.seconds, 1),
        memory_mb=round(state.memory / 1e6, 1),
        versions={name: version(name) for name in ("nt-nn", "numpy")},
    )
    if ranks.writes:
        summary.write(run.summary)
    return summary
