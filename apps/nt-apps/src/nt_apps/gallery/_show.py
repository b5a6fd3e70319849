"""An exhibit run twice and shown: a table for the terminal, and a plot."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nt_apps.gallery._exhibit import Exhibit
from nt_apps.gallery._walk import Course
from nt_apps.train.curve import figure, save

__all__ = ["Shown", "draw", "show"]


@dataclass(frozen=True)
class Shown:
    """An exhibit with both of its courses.

    Example:
        >>> from nt_apps.gallery import EXHIBITS
        >>> shown = Shown.of(EXHIBITS["bad-initialisation"])
        >>> shown.fails, shown.repaired.reached > 0.8
        (True, True)
    """

    exhibit: Exhibit
    failing: Course
    repaired: Course

    @classmethod
    def of(cls, exhibit: Exhibit) -> Shown:
        """Train it as it fails, and with the one change."""
        return cls(exhibit, exhibit.run(False), exhibit.run(True))

    @property
    def fails(self) -> bool:
        """Whether it failed as it should, and the change repaired it."""
        bound = self.exhibit.bound
        return not self.failing.reached >= bound and self.repaired.reached >= bound

    def rows(self) -> list[tuple[str, str, str]]:
        """What a figure is called, and what it is for the failing and the repaired run."""
        both = (self.failing, self.repaired)
        steps = sorted(self.repaired.history.losses)
        marks = dict.fromkeys(steps[round(part * (len(steps) - 1))] for part in (0, 0.25, 0.5, 1))
        rows = [(f"loss, step {at}", *(_losses(each, at) for each in both)) for at in marks]
        for at in (0, -1):
            step = self.repaired.history.readings[at].step
            name = f"gradient norm, first layer / last, step {step}"
            rows.append((name, *(_gradients(each, at) for each in both)))
        if self.failing.seemed is not None:
            seemed = [f"{each.seemed or math.nan:.3f}" for each in both]
            rows.append(("accuracy that validation tells", *seemed))
        name = f"accuracy on held-out digits (bound {self.exhibit.bound:g})"
        rows.append((name, *(_number(each.reached) for each in both)))
        return [(name, left, right) for name, left, right in rows]


def show(shown: Shown, console: Console) -> None:
    """Print the table, and what the diagnostics say of both runs.

    Args:
        shown: an exhibit, run twice.
        console: where it is printed.

    Example:
        >>> from nt_apps.gallery import EXHIBITS
        >>> from io import StringIO
        >>> told = StringIO()
        >>> show(Shown.of(EXHIBITS["rate-too-high"]), Console(file=told, width=90))
        >>> told.getvalue().splitlines()[-1]
        '  nothing that a rule warns of'
    """
    exhibit = shown.exhibit
    for name, text in (
        ("fails", exhibit.fails), ("repair", exhibit.repair), ("why", exhibit.why),
        ("source", exhibit.source),
    ):  # fmt: skip
        console.print(Text.assemble((f"{name:8}", "dim"), text))
    console.print()
    table = Table(box=None, padding=(0, 2), pad_edge=False)
    table.add_column()
    for heading in ("as it fails", "repaired"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in shown.rows():
        table.add_row(*row)
    console.print(table)
    console.print()
    for name, course in (("as it fails", shown.failing), ("repaired", shown.repaired)):
        console.print(f"the diagnostics, {name}:", style="dim")
        for text in course.advice or ["nothing that a rule warns of"]:
            console.print(f"  {text}", markup=False, highlight=False)


def draw(shown: Shown, path: Path) -> None:
    """Draw losses and the gradient norms of the first and last layer, side by side.

    Args:
        shown: an exhibit, run twice.
        path: where the PNG goes.

    Raises:
        UserError: the file cannot be written.

    Example:
        >>> import tempfile
        >>> from nt_apps.gallery import EXHIBITS
        >>> path = Path(tempfile.mkdtemp(), "rate-too-high.png")
        >>> draw(Shown.of(EXHIBITS["rate-too-high"]), path)
        >>> path.read_bytes()[1:4]
        b'PNG'
    """
    made = figure(10, 4)
    losses, gradients = made.subplots(1, 2)
    for name, course, color in (
        ("as it fails", shown.failing, "tab:red"), ("repaired", shown.repaired, "tab:green"),
    ):  # fmt: skip
        known = {step: loss for step, loss in course.history.losses.items() if math.isfinite(loss)}
        losses.plot([*known], [*known.values()], color=color, label=name)
        for which, style in ((0, "-"), (-1, ":")):
            readings = course.history.readings
            layer = list(readings[0].gradient)[which]
            points = [(r.step, x) for r in readings if (x := r.gradient[layer]) and x > 0]
            label = f"{name}: {layer}"
            gradients.plot(*zip(*points, strict=True), style, color=color, label=label)
    for axes, title in ((losses, "training loss"), (gradients, "gradient norm")):
        axes.set_yscale("log")
        axes.set_title(f"{shown.exhibit.name}: {title}", fontsize=9)
        axes.set_xlabel("step")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=7)
    save(made, path)


def _losses(course: Course, step: int) -> str:
    return _number(course.history.losses[step])


def _gradients(course: Course, at: int) -> str:
    norms = [*course.history.readings[at].gradient.values()]
    return " / ".join("not finite" if x is None else _number(x) for x in (norms[0], norms[-1]))


def _number(x: float) -> str:
    if not math.isfinite(x):
        return str(x)
    return f"{x:.3f}" if 0.001 <= abs(x) < 1000 else f"{x:.1e}"
