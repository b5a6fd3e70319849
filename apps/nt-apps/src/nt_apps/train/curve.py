"""The loss curve as a picture: the run beside what it has to beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from nt_apps.errors import naming

__all__ = ["draw_curve"]


def draw_curve(
    path: Path, metrics: Sequence[Mapping[str, Any]], baselines: Mapping[str, float], title: str
) -> None:
    """Draw training and validation loss over the steps, and the baselines as level lines.

    Args:
        path: where the PNG goes.
        metrics: entries with `step`, and `train_loss` or `validation_loss` or both.
        baselines: name -> nats per token.
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
    figure = Figure(figsize=(8, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    steps = [entry["step"] for entry in metrics if "train_loss" in entry]
    losses = [entry["train_loss"] for entry in metrics if "train_loss" in entry]
    axes.plot(steps, losses, color="tab:blue", alpha=0.25, linewidth=0.8)
    axes.plot(steps, _smooth(losses), color="tab:blue", label="training (smoothed)")
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
    axes.set_ylabel("cross-entropy (nats per token)")
    axes.set_title(title)
    axes.grid(alpha=0.3)
    axes.legend()
    with naming(path):
        figure.savefig(path, dpi=120)


def _smooth(values: Sequence[float], keep: float = 0.95) -> list[float]:
    """An exponential mean, without the pull of its beginning."""
    smoothed, total, weight = [], 0.0, 0.0
    for value in values:
        total, weight = keep * total + (1 - keep) * value, keep * weight + (1 - keep)
        smoothed.append(total / weight)
    return smoothed
