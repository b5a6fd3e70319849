"""A run as pictures: the loss beside what it has to beat; rate, gradients and speed."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from nt_apps.errors import UserError, naming

__all__ = ["check_ending", "draw_course", "draw_curve", "figure", "save"]

Metrics = Sequence[Mapping[str, Any]]

# pgf needs LaTeX, and what is raw does not tell its size.
_ENDINGS = sorted({*FigureCanvasAgg.get_supported_filetypes()} - {"pgf", "raw", "rgba"})


def figure(width: float, height: float) -> Figure:
    """An empty figure that needs no screen."""
    made = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(made)
    return made


def check_ending(path: Path) -> None:
    """Raise unless a figure can be written under this name; a name without ending is PNG's.

    Raises:
        UserError: it ends as no picture's name does, or is a folder's.

    Example:
        >>> check_ending(Path("loss.svg"))
        >>> check_ending(Path("loss.foo"))
        Traceback (most recent call last):
            ...
        nt_apps.errors.UserError: out (loss.foo) ends in .foo; a picture's name ends in one of: ...
    """
    ending = path.suffix[1:].lower()
    if ending and ending not in _ENDINGS:
        known = ", ".join(f".{each}" for each in _ENDINGS)
        raise UserError(f"out ({path}) ends in .{ending}; a picture's name ends in one of: {known}")
    if path.is_dir():
        raise UserError(f"out ({path}) is a folder; name the picture's file")


def save(made: Figure, path: Path) -> None:
    """Write a figure in the format of the name's ending: PNG where it has none.

    Raises:
        UserError: the name ends as no picture's does, or the file cannot be written.
    """
    check_ending(path)
    with naming(path), warnings.catch_warnings():
        # The picture itself has a box where a character is not among the font's.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        made.savefig(path, dpi=120, format=path.suffix[1:].lower() or "png")


def draw_curve(path: Path, metrics: Metrics, baselines: Mapping[str, float], title: str) -> None:
    """Draw training and validation loss over the steps, and the baselines as level lines.

    Args:
        path: where the PNG goes.
        metrics: entries with `step`, and `train_loss` or `validation_loss` or both.
        baselines: name -> nats.
        title: what stands above.

    Raises:
        UserError: the file cannot be written.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), "loss.png")
        >>> draw_curve(path, [{"step": 1, "train_loss": 3.0}], {"bigram": 2.0}, "toy")
        >>> path.read_bytes()[1:4]
        b'PNG'
    """
    made = figure(8, 5)
    axes = made.add_subplot()
    _smoothed(axes, metrics, "train_loss", "training (smoothed)")
    looks = [entry for entry in metrics if "validation_loss" in entry]
    axes.plot(
        [entry["step"] for entry in looks],
        [entry["validation_loss"] for entry in looks],
        "o-",
        color="tab:orange",
        markersize=4,
        label="validation",
    )
    for (name, loss), style in zip(baselines.items(), ("--", ":", "-."), strict=False):
        axes.axhline(loss, color="tab:gray", linestyle=style, label=f"{name} ({loss:.3f})")
    axes.set_xlabel("step")
    axes.set_ylabel("loss (nats)")
    axes.set_title(title)
    axes.grid(alpha=0.3)
    axes.legend()
    save(made, path)


def draw_course(path: Path, metrics: Metrics, unit: str) -> None:
    """Draw learning rate, gradient norm and throughput over the steps, one below the other.

    Args:
        path: where the PNG goes.
        metrics: entries as a run's metrics have them.
        unit: what the throughput counts.

    Raises:
        UserError: the file cannot be written.
    """
    made = figure(8, 7)
    panels = (
        ("learning_rate", "learning rate", "linear"),
        ("gradient_norm", "gradient norm", "log"),
        (f"{unit}_per_second", f"{unit} a second", "linear"),
    )
    for axes, (name, label, scale) in zip(made.subplots(3, 1, sharex=True), panels, strict=True):
        _smoothed(axes, metrics, name, "")
        axes.set_ylabel(label)
        axes.grid(alpha=0.3)
        if scale == "log" and any(entry.get(name) for entry in metrics):
            axes.set_yscale("log")
    axes.set_xlabel("step")
    save(made, path)


def _smoothed(axes: Axes, metrics: Metrics, name: str, label: str) -> None:
    """Every value, pale, and their running mean."""
    found = [entry for entry in metrics if entry.get(name) is not None]
    steps, values = [entry["step"] for entry in found], [entry[name] for entry in found]
    axes.plot(steps, values, color="tab:blue", alpha=0.25, linewidth=0.8)
    axes.plot(steps, _smooth(values), color="tab:blue", label=label or None)


def _smooth(values: Sequence[float], keep: float = 0.95) -> list[float]:
    """An exponential mean, without the pull of its beginning."""
    smoothed, total, weight = [], 0.0, 0.0
    for value in values:
        total, weight = keep * total + (1 - keep) * value, keep * weight + (1 - keep)
        smoothed.append(total / weight)
    return smoothed
