"""What a person sees while a model learns: a bar, a line at every look, samples of text."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from nt_apps.terminal import visible

__all__ = ["TrainProgress"]


class TrainProgress:
    """The progress of a run on a console. On a terminal it has a live bar; elsewhere, lines only.

    Args:
        console: where to show it.
        steps: how many steps there will be.
        unit: what the throughput counts.
        step: how many are done already.
    """

    def __init__(self, console: Console, steps: int, unit: str, step: int = 0) -> None:
        self._steps, self._unit, self._begin = steps, unit, step
        self._rate = 0.0
        self._seconds = 0.0  # at the first look of this process
        self._bar = Progress(
            TextColumn("training"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(compact=True),
            console=console,
            disable=not console.is_terminal,
            expand=True,
        )
        self._console = console
        self._task = self._bar.add_task("training", total=steps, completed=step, figures="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def stepped(self, *, loss: float, lr: float, rate: float) -> None:
        """Move on by one step."""
        # A mean over the last steps or so: single ones jump too much to be read.
        self._rate += (rate - self._rate) * (0.05 if self._rate else 1.0)
        figures = f"loss {loss:.3f}  lr {lr:.1e}  {self._rate:,.0f} {self._unit}/s"
        self._bar.update(self._task, advance=1, figures=figures)

    def looked(
        self,
        *,
        step: int,
        train: float | None,
        figures: Mapping[str, float],
        seconds: float,
        best: bool,
    ) -> None:
        """Say in a line what the validation part gave, and how long the rest will take."""
        width = len(str(self._steps))
        training = "" if train is None else f"  training {train:.4f}"
        told = "  ".join(
            f"{name.removesuffix('_loss').replace('_', ' ')} {value:.4f}"
            for name, value in figures.items()
        )
        line = Text(f"step {step:{width}d}/{self._steps}  {seconds:6.1f} s{training}  ")
        line += Text(told, "bold" if best else "")
        if step > self._begin and step < self._steps:
            left = (seconds - self._seconds) / (step - self._begin) * (self._steps - step)
            line += Text(f"  {left / 60:.0f}:{left % 60:02.0f} left", "dim")
        elif step <= self._begin:
            self._seconds = seconds
        self._console.print(line)

    def sampled(self, *, step: int, text: str) -> None:
        """Show what the model writes."""
        shown = Text(visible(text).rstrip("\n"), overflow="fold")
        title = escape(f"what it writes after {step} steps")
        self._console.print(Panel(shown, title=title, title_align="left", border_style="dim"))
