"""Attention drawn: every head of every layer, small, to pick from; and one of them, enlarged."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from nt_apps.demo.html import address, coloured, grid, pick, picture

__all__ = ["choice", "head_grid", "large_head"]

SIDE = 560.0  # of the enlarged map, at most
LABELLED = 64  # tokens that still have room for their labels


def choice(picked: str, layers: int, heads: int) -> tuple[int, int]:
    """Which layer and head a string such as "1.3" means; what is not there becomes the last.

    Example:
        >>> choice("1.3", 4, 4), choice("1.3", 1, 2), choice("nothing", 4, 4)
        ((1, 3), (0, 1), (0, 0))
    """
    layer, _, head = str(picked).partition(".")
    if not (layer.isdecimal() and head.isdecimal()):
        return 0, 0
    return min(int(layer), layers - 1), min(int(head), heads - 1)


def head_grid(
    maps: NDArray[np.float32], layers: Sequence[str], chosen: tuple[int, int], what: str = ""
) -> str:
    """All maps (layers, heads, rows, columns), a row a layer; each is picked as "layer.head".

    Each map has its own scale, from 0 to its largest weight.

    Example:
        >>> maps = np.ones((2, 3, 4, 4), np.float32)
        >>> head_grid(maps, ["first", "second"], (0, 1)).count("data-pick")
        6
    """
    rows = [
        [
            pick(
                f"{i}.{j}", picture(coloured(each), ""), f"{what}layer {i}, head {j}",
                chosen=(i, j) == chosen,
            )
            for j, each in enumerate(row)
        ]
        for i, row in enumerate(maps)
    ]  # fmt: skip
    names = [f"layer {i}" for i, _ in enumerate(layers)]
    return grid(rows, names, "nt-grid")


def large_head(weights: NDArray[np.float32], tokens: Sequence[str], title: str) -> str:
    """One map (queries, keys), with its tokens: each row says where a token looks.

    Example:
        >>> svg = large_head(np.eye(2, dtype=np.float32), ["a", "b"], "layer 0, head 1")
        >>> svg.count("<text"), "layer 0, head 1" in svg
        (4, True)
    """
    count = len(tokens)
    cell = min(34.0, SIDE / count)
    labelled = count <= LABELLED
    letters = max((len(each) for each in tokens), default=0) if labelled else 0
    font = min(15.0, max(8.5, cell * 0.82))
    room = min(letters, 14) * font * 0.62 + 10 if labelled else 4.0
    side = cell * count
    total = room + side + 4
    parts = [
        f'<svg class="nt-head" viewBox="0 0 {total:.0f} {total:.0f}" role="img" '
        f'style="max-width:{total:.0f}px;min-width:{min(total, 9 * count):.0f}px" '
        f'aria-label="{escape(title)}: attention of {count} tokens" font-size="{font:.1f}">'
        f'<image x="{room:.1f}" y="{room:.1f}" width="{side:.1f}" height="{side:.1f}" '
        f'preserveAspectRatio="none" href="{address(coloured(weights))}"/>'
    ]
    for i, token in enumerate(tokens if labelled else ()):
        at = room + (i + 0.5) * cell
        name = escape(token if len(token) <= 14 else token[:13] + "…")
        parts.append(
            f'<text x="{room - 6:.1f}" y="{at + font * 0.35:.1f}" text-anchor="end">{name}</text>'
            f'<text transform="translate({at + font * 0.35:.1f} {room - 6:.1f}) rotate(-90)">'
            f"{name}</text>"
        )
    strongest = float(weights.max())
    note = (
        f"{escape(title)}. Rows: the token that looks; columns: what it looks at. "
        f"Bright: up to {strongest:.0%}."
        + ("" if labelled else f" {count} tokens are too many to be named.")
    )
    return f'<div class="nt-scroll">{"".join(parts)}</svg></div><p class="nt-note">{note}</p>'
