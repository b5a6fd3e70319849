"""The trainings of a study: a run folder each, made once, and gone on with where they stopped."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from nt_apps.errors import UserError
from nt_apps.study._settings import ScalingSettings
from nt_apps.train.gpt2 import GPT2Settings, TrainGPT2
from nt_apps.train.loop import fit
from nt_apps.train.run_folder import RunFolder
from nt_apps.train.summary import read_summary
from nt_apps.train.task import Figures
from nt_apps.train.train_state import read_saved

__all__ = ["Point", "run_all"]


@dataclass(frozen=True)
class Point:
    """What one model came to.

    Attributes:
        layers: its blocks.
        width: of its residual stream.
        parameters: N, all but the embeddings.
        tokens: D, that it was trained on.
        loss: L, nats a byte on the validation windows that all models share.
        seconds: that its training took.

    Example:
        >>> Point(2, 32, 25_000, 1_000_000, 2.0, 9.0).flops
        150000000000.0
    """

    layers: int
    width: int
    parameters: int
    tokens: int
    loss: float
    seconds: float

    @property
    def flops(self) -> float:
        """C = 6 N D, what its training costs (Kaplan et al., 2020, section 2.1)."""
        return 6.0 * self.parameters * self.tokens


class _Judged(TrainGPT2):
    """GPT-2's trainer, whose final figure is its look's: the same windows for every model."""

    def measure(self, model: Any, said: None) -> Figures:
        return {"loss": self.validate(model)["validation_loss"]}

    def facts(self) -> dict[str, str]:
        c = self.config
        windows = f"{c.eval_batches * c.batch_size} random windows of validation"
        return {**super().facts(), "measured_on": windows}


def run_all(settings: ScalingSettings, folder: Path, console: Console) -> list[Point] | None:
    """Train what is not trained yet.

    Args:
        settings: which models, and how.
        folder: where their run folders go.
        console: told of each model as it is done.

    Returns:
        All points, the cheapest first; None where it was stopped from outside.

    Raises:
        UserError: the data cannot be had, models have seen different data, or a folder cannot be
            used.
    """
    points, judged = [], None
    for number, (layers, width, tokens) in enumerate(settings.pairs, 1):
        run = RunFolder(folder / f"{layers}x{width}-{tokens}")
        config = _config(settings, layers, width, tokens)
        told = _told(run, config)
        if told is None:
            quiet = Console(quiet=True)
            saved = read_saved(run.last) if run.last.exists() else None
            if not fit(_Judged(config), run, quiet, saved, command="nt study scaling").finished:
                return None
            told = read_summary(run.summary)
        if (judged := judged or told["baselines"]) != told["baselines"]:
            raise UserError(
                f"{run.path} was trained on other data than the models before it: its baselines "
                "differ; name another folder (--out)"
            )
        inside = 12 * layers * width**2 + 13 * layers * width + 2 * width
        point = Point(layers, width, inside, tokens, told["figures"]["loss"], told["seconds"])
        points.append(point)
        console.print(
            f"{number}/{len(settings.pairs)}: {layers}x{width}, {point.parameters:,} parameters, "
            f"{tokens:,} tokens: {point.loss:.4f} nats a byte, {point.seconds:.0f} s",
            highlight=False,
        )
    return points


def _config(settings: ScalingSettings, layers: int, width: int, tokens: int) -> GPT2Settings:
    steps = tokens // (settings.batch_size * settings.context)
    lr = settings.lr * math.sqrt(64 / width)
    return GPT2Settings(
        data=settings.data, data_dir=settings.data_dir, tokenizer="byte", prompt="\n",
        context=settings.context, layers=layers, heads=width // 8, width=width,
        steps=steps, batch_size=settings.batch_size, lr=lr, min_lr=lr / 10,
        warmup=min(100, steps // 10), eval_every=min(steps, 500), sample_every=10**9,
        sample_tokens=1, eval_batches=settings.eval_batches, seed=settings.seed,
        threads=settings.threads,
    )  # fmt: skip


def _told(run: RunFolder, config: GPT2Settings) -> dict[str, Any] | None:
    """The summary of a model that is trained already, with these settings."""
    if run.config.exists() and run.config.read_text("utf-8") != config.to_toml("gpt2"):
        raise UserError(f"{run.path} was trained with other settings: name another folder (--out)")
    if not run.summary.exists():
        return None
    told = read_summary(run.summary)
    return told if told["finished"] else None
