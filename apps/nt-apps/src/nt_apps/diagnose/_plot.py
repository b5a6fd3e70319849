"""A run's readings as one picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from nt_apps.diagnose._history import History, Reading
from nt_apps.train.curve import figure, save

__all__ = ["draw_diagnosis"]

MOST = 12  # lines in a panel: of more, every so many is drawn


def draw_diagnosis(path: Path, history: History) -> None:
    """Draw gradients, updates, activations, dead units, attention's entropy and the loss.

    Args:
        path: where the PNG goes.
        history: the readings.

    Raises:
        UserError: the file cannot be written.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), "diagnosis.png")
        >>> readings = [Reading(step, gradient={"head": 1.0 / step}) for step in (1, 2)]
        >>> draw_diagnosis(path, History({1: 2.0, 2: 1.0}, readings))
        >>> path.read_bytes()[1:4]
        b'PNG'
    """
    panels: tuple[tuple[str, str, Callable[[Reading], dict[str, Any]]], ...] = (
        ("gradient norm by layer", "log", lambda reading: reading.gradient),
        ("update by weights, by layer", "log", lambda reading: reading.update),
        ("what modules give (root mean square)", "log", lambda reading: reading.scale),
        ("share of dead units", "linear", lambda reading: reading.dead),
        ("entropy of attention, mean of heads", "linear", _heads),
    )
    made = figure(13, 7)
    *grid, last = made.subplots(2, 3).flat
    for axes, (title, scale, of) in zip(grid, panels, strict=True):
        names = list(dict.fromkeys(name for each in history.readings for name in of(each)))
        for name in names[:: -(-len(names) // MOST) or 1]:
            points = [(r.step, x) for r in history.readings if (x := of(r).get(name)) is not None]
            axes.plot(*zip(*points, strict=True), ".-", label=name) if points else None
        positive = any((x or 0) > 0 for r in history.readings for x in of(r).values())
        axes.set_yscale(scale if positive else "linear")
        axes.set_title(title, fontsize=9)
        axes.grid(alpha=0.3)
        if names:
            axes.legend(fontsize=6)
    last.plot(list(history.losses), list(history.losses.values()))
    last.set_title("training loss", fontsize=9)
    last.grid(alpha=0.3)
    for axes in made.axes:
        axes.set_xlabel("step", fontsize=8)
    save(made, path)


def _heads(reading: Reading) -> dict[str, float]:
    known = {
        name: [x for x in heads.values() if x is not None]
        for name, heads in reading.entropy.items()
    }
    return {name: sum(values) / len(values) for name, values in known.items() if values}
