"""What found what, as pictures and as a table."""

from __future__ import annotations

import csv
import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from nt_data.sources import ImageTexts
from numpy.typing import NDArray

from nt_apps.errors import naming
from nt_apps.train.clip_figures import Table, belongs, by_group
from nt_apps.train.curve import figure, save

__all__ = ["draw_found", "draw_groups", "draw_pairs", "draw_similarity", "write_groups"]


def show(axes: Axes, image: NDArray[np.uint8]) -> None:
    """One image without axes; grey ones as they lie."""
    axes.imshow(image[..., 0] if image.shape[2] == 1 else image, cmap="gray", vmin=0, vmax=255)
    axes.set_axis_off()


def draw_pairs(path: Path, table: Table, part: ImageTexts, seed: int, rows: int = 6) -> None:
    """Draw images, evenly drawn from all, with the five texts that are nearest; right ones green.

    Args:
        path: where the PNG goes.
        table: the similarity of each image with each text.
        part: the pairs.
        seed: what the choice follows from.
        rows: of four images.

    Raises:
        UserError: the file cannot be written.
    """
    right = belongs(part.texts)
    chosen = np.random.default_rng(seed).permutation(len(part))[: 4 * rows]
    made = figure(16, 1.3 * rows + 0.5)
    first = float((table.argmax(1)[:, None] == np.arange(len(part)))[right].sum()) / len(part)
    made.suptitle(f"{len(part)} texts to choose from; the first is right for {first:.0%}")
    grid = made.subplots(rows, 8, squeeze=False, width_ratios=[1, 3] * 4)
    for axes in grid.ravel():
        axes.set_axis_off()
    for axes, text_axes, i in zip(
        grid[:, ::2].ravel(), grid[:, 1::2].ravel(), chosen.tolist(), strict=False
    ):
        show(axes, part.images[i])
        for line, j in enumerate(np.argsort(-table[i], kind="stable")[:5].tolist()):
            said = textwrap.shorten(_plain(part.texts[j]), 44, placeholder="…")
            color = "tab:green" if right[i, j] else "black"
            text_axes.text(0, 0.9 - 0.2 * line, said, fontsize=6.5, color=color, va="center")
        text_axes.set_ylim(0, 1)
    save(made, path)


def draw_similarity(path: Path, table: Table, part: ImageTexts) -> None:
    """Draw all similarities, pairs in the order of their groups: what is alike stands together.

    Raises:
        UserError: the file cannot be written.
    """
    order = np.argsort(np.array(part.groups), kind="stable")
    made = figure(8, 7)
    axes = made.add_subplot()
    drawn = axes.imshow(table[order][:, order], cmap="viridis", interpolation="nearest")
    made.colorbar(drawn, label="cosine")
    axes.set_xlabel("texts, by group")
    axes.set_ylabel("images, by group")
    axes.set_title("similarity of each image with each text of the test part")
    save(made, path)


def draw_groups(path: Path, table: Table, part: ImageTexts, most: int = 30) -> None:
    """Draw recall at 1 and 10, from image to text, of the largest groups.

    Raises:
        UserError: the file cannot be written.
    """
    rows = by_group(table, part)[:most]
    made = figure(9, 0.26 * len(rows) + 1.2)
    axes = made.add_subplot()
    places = np.arange(len(rows))
    axes.barh(places, [row[3] for row in rows], color="tab:blue", alpha=0.35, label="R@10")
    axes.barh(places, [row[2] for row in rows], color="tab:blue", label="R@1")
    axes.set_yticks(places, [f"{_plain(name) or '(none)'} ({count})" for name, count, *_ in rows])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel(f"image to text, among all {len(part)} texts")
    axes.grid(alpha=0.3, axis="x")
    axes.legend()
    save(made, path)


def write_groups(path: Path, table: Table, part: ImageTexts) -> None:
    """Write recall at 1 and 10, from image to text, of every group, the largest first.

    Raises:
        UserError: the file cannot be written.
    """
    with naming(path), path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["group", "images", "image_to_text_r1", "image_to_text_r10"])
        writer.writerows(
            [*row[:2], f"{row[2]:.4f}", f"{row[3]:.4f}"] for row in by_group(table, part)
        )


def draw_found(
    path: Path,
    asked: str | NDArray[np.uint8],
    found: Sequence[tuple[float, NDArray[np.uint8], str]],
) -> None:
    """Draw what was asked and what was found for it, the nearest first.

    Args:
        path: where the PNG goes.
        asked: a text or an image.
        found: similarity, image and text of each.

    Raises:
        UserError: the file cannot be written.
    """
    shown = len(found) + (not isinstance(asked, str))
    rows = -(-shown // 5)
    made = figure(11, 2.3 * rows + 0.6)
    grid = made.subplots(rows, 5, squeeze=False).ravel()
    for axes in grid:
        axes.set_axis_off()
    places = iter(grid)
    if isinstance(asked, str):
        made.suptitle(textwrap.shorten(_plain(asked), 90, placeholder="…"))
    else:
        axes = next(places)
        show(axes, asked)
        axes.set_title("asked", fontsize=9, color="tab:orange")
    for axes, (near, image, text) in zip(places, found, strict=False):
        show(axes, image)
        said = textwrap.fill(textwrap.shorten(_plain(text), 60, placeholder="…"), 24)
        axes.set_title(f"{near:.3f}\n{said}", fontsize=7)
    save(made, path)


def _plain(text: str) -> str:
    """A text that matplotlib takes as it is: a dollar sign would begin mathematics."""
    return text.replace("$", r"\$")
