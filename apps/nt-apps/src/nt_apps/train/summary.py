"""The figures at the end of a run, beside what they have to be compared with."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nt_apps.errors import UserError, naming

__all__ = ["Summary", "read_summary", "show_figures"]


@dataclass(frozen=True)
class Summary:
    """What a run came to.

    Attributes:
        trainer: its name; `command` is what began it.
        facts: data, split and whatever else a reader must know, in words.
        measured_on: what the figures were measured on, and with which weights.
        figures: by name; of the latest look where the run was stopped.
        baselines: the same figures of honest baselines.
        validation: what the best look gave.
        best_step: where that was.
        finished: False where it was stopped from outside before its last step.
        stopped_early: whether patience ended it.
        rate: the median of `unit` a second, over all steps.
        memory_mb: the most that the process took.
    """

    trainer: str
    command: str
    facts: dict[str, str]
    seed: int
    parameters: int
    machine: str
    step: int
    steps: int
    finished: bool
    stopped_early: bool
    measured_on: str
    figures: dict[str, float]
    baselines: dict[str, dict[str, float]]
    validation: dict[str, float]
    best_step: int
    unit: str
    rate: float
    seconds: float
    memory_mb: float
    versions: dict[str, str] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write all of it as JSON."""
        with naming(path):
            path.write_text(json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n", "utf-8")

    def show(self, console: Console) -> None:
        """Print the figures for a person."""
        facts = Table.grid(padding=(0, 2))
        facts.add_column(style="dim", no_wrap=True)
        facts.add_column(overflow="fold")
        minutes, seconds = divmod(round(self.seconds), 60)
        trained = f"{self.step:,} steps"
        if self.step < self.steps:
            why = "until patience ended it" if self.stopped_early else "then stopped"
            trained += f" of {self.steps:,}, {why}"
        for name, value in (
            *self.facts.items(),
            ("parameters", f"{self.parameters:,}"),
            ("machine", self.machine),
            ("seed", str(self.seed)),
            ("trained", trained),
            ("time", f"{minutes}:{seconds:02d} min, {self.rate:,.0f} {self.unit}/s"),
            ("memory", f"{self.memory_mb:,.0f} MB at most"),
        ):
            facts.add_row(name, Text(value))
        console.print()
        console.print(facts)
        console.print()
        show_figures(console, self.measured_on, self.figures, self.baselines)
        console.print()


def show_figures(
    console: Console,
    measured_on: str,
    figures: dict[str, float],
    baselines: dict[str, dict[str, float]],
) -> None:
    """Print the figures, those of the baselines below them: beside them where a row is too wide.

    Example:
        >>> both = {"loss": 2.5, "perplexity": 12.0}
        >>> chance = {"chance": {"loss": 4.0, "perplexity": 54.0}}
        >>> show_figures(Console(width=60), "all test texts", both, chance)
        all test texts
                             loss    perplexity
        this model         2.5000       12.0000
        chance baseline    4.0000       54.0000
        >>> show_figures(Console(width=36), "all test texts", both, chance)
        all test texts
                          this        chance
                         model      baseline
        loss            2.5000        4.0000
        perplexity     12.0000       54.0000
    """
    models = {"this model": figures} | {f"{name} baseline": row for name, row in baselines.items()}
    headings = {name: name.replace("_", " ") for name in figures}
    cells = {
        (model, name): f"{row[name]:.4f}" if name in row else ""
        for model, row in models.items()
        for name in figures
    }
    table = Table(box=None, padding=(0, 2), pad_edge=False)
    table.add_column()
    for heading in headings.values():
        table.add_column(heading, justify="right")
    for model in models:
        row = [cells[model, name] for name in figures]
        table.add_row(model, *row, style="bold" if model == "this model" else "")
    console.print(measured_on, markup=False, highlight=False)
    wide = console.options.update(width=10_000)
    if console.measure(table, options=wide).maximum > console.width:
        table = Table(box=None, padding=(0, 2), pad_edge=False)
        table.add_column(min_width=max(map(len, headings.values())))
        for model in models:
            column = [cells[model, name] for name in figures]
            table.add_column(
                model,
                justify="right",
                style="bold" if model == "this model" else "",
                min_width=max(map(len, [*model.split(), *column])),
            )
        for name, heading in headings.items():
            table.add_row(heading, *(cells[model, name] for model in models))
    console.print(table, crop=False)


def read_summary(path: Path) -> dict[str, Any]:
    """Read a run's figures.

    Raises:
        UserError: the file is missing or damaged.
    """
    try:
        told: dict[str, Any] = json.loads(path.read_text("utf-8"))
        told["figures"], told["finished"]
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, LookupError, TypeError) as error:
        raise UserError(f"{path} is damaged: {error}") from error
    return told
