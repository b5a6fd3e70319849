"""A classifier of images as pictures: its accuracy, its confusions, its surest mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nt_apps.train.curve import figure, save

__all__ = ["draw_accuracy", "draw_confusion", "draw_mistakes"]


def draw_accuracy(
    path: Path, metrics: Sequence[Mapping[str, Any]], baselines: Mapping[str, float]
) -> None:
    """Draw validation accuracy over the steps; the baselines' levels are those on test.

    Raises:
        UserError: the file cannot be written.
    """
    made = figure(8, 5)
    axes = made.add_subplot()
    looks = [entry for entry in metrics if "validation_accuracy" in entry]
    steps, values = ([e[k] for e in looks] for k in ("step", "validation_accuracy"))
    axes.plot(steps, values, "o-", color="tab:orange", markersize=4, label="validation")
    for (name, level), style in zip(baselines.items(), ("--", ":"), strict=False):
        label = f"{name} on test ({level:.3f})"
        axes.axhline(level, color="tab:gray", linestyle=style, label=label)
    axes.set_xlabel("step")
    axes.set_ylabel("accuracy")
    axes.grid(alpha=0.3)
    axes.legend()
    save(made, path)


def draw_confusion(path: Path, table: NDArray[np.int64], names: Sequence[str]) -> None:
    """Draw how often class i (rows) was called class j (columns), as shares of the row.

    Raises:
        UserError: the file cannot be written.
    """
    made = figure(7, 6.5)
    axes = made.add_subplot()
    shares = table / np.maximum(table.sum(1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    places = range(len(names))
    axes.set_xticks(places, names, rotation=45, ha="right")
    axes.set_yticks(places, names)
    axes.set_xlabel("called")
    axes.set_ylabel("is")
    if len(names) <= 20:
        for i, j in np.argwhere(table):
            color = "white" if shares[i, j] > 0.5 else "black"
            axes.text(j, i, str(table[i, j]), ha="center", va="center", color=color, fontsize=8)
    save(made, path)


def draw_mistakes(
    path: Path,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    said: NDArray[np.float32],
    names: Sequence[str],
    most: int = 24,
) -> None:
    """Draw the wrong answers that were given with the largest probability.

    Args:
        path: where the PNG goes.
        images: (n, height, width, channels) of bytes.
        labels: (n,) the right classes.
        said: (n, classes) probabilities.
        names: of the classes.
        most: how many are shown.

    Raises:
        UserError: the file cannot be written.
    """
    called, sure = said.argmax(1), said.max(1)
    wrong = np.flatnonzero(called != labels)
    shown = wrong[np.argsort(-sure[wrong], kind="stable")][:most]
    rows = max(1, -(-len(shown) // 8))
    made = figure(12, 1.9 * rows + 0.5)
    made.suptitle(f"the surest of {len(wrong)} mistakes among {len(labels)}")
    for axes in (all_axes := made.subplots(rows, 8, squeeze=False).ravel()):
        axes.set_axis_off()
    for axes, i in zip(all_axes, shown, strict=False):
        image = images[i]
        axes.imshow(image[..., 0] if image.shape[2] == 1 else image, cmap="gray", vmin=0, vmax=255)
        title = f"{names[labels[i]]}\ncalled {names[called[i]]} ({sure[i]:.0%})"
        axes.set_title(title, fontsize=8)
    save(made, path)
