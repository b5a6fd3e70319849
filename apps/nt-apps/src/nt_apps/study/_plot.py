"""A study as one picture: the points, the laws, and what the laws leave over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from nt_apps.train.curve import figure, save

if TYPE_CHECKING:
    from nt_apps.study._study import Laws

__all__ = ["draw_laws"]


def draw_laws(path: Path, laws: Laws) -> None:
    """Draw losses over tokens and over sizes with the fitted law, and its residuals.

    Raises:
        UserError: the file cannot be written.

    Example:
        >>> import tempfile
        >>> from nt_apps.study import Laws, Point
        >>> grid = [(n, d) for n in (1e3, 1e4, 1e5) for d in (1e5, 1e6)]
        >>> points = [Point(1, 8, n, d, 1 + 20 / n**0.5 + 100 / d**0.4, 1.0) for n, d in grid]
        >>> path = Path(tempfile.mkdtemp(), "scaling.png")
        >>> draw_laws(path, Laws.of(points))
        >>> path.read_bytes()[1:4]
        b'PNG'
    """
    made = figure(14, 4.5)
    by_tokens, by_size, left = made.subplots(1, 3)
    law, points = laws.both, laws.points
    sizes = sorted({p.parameters for p in points})
    counts = sorted({p.tokens for p in points})
    for i, n in enumerate(sizes):
        along = np.geomspace(counts[0], counts[-1], 50)
        color = f"C{i}"
        by_tokens.plot(along, [law(n, d) for d in along], color=color, label=f"N = {n:,.0f}")
        some = [p for p in points if p.parameters == n]
        by_tokens.plot([p.tokens for p in some], [p.loss for p in some], "o", color=color)
    for i, d in enumerate(counts):
        along = np.geomspace(sizes[0], sizes[-1], 50)
        color = f"C{i}"
        by_size.plot(along, [law(n, d) for n in along], color=color, label=f"D = {d:,.0f}")
        some = [p for p in points if p.tokens == d]
        by_size.plot([p.parameters for p in some], [p.loss for p in some], "o", color=color)
    left.axhline(0.0, color="tab:gray", linewidth=0.8)
    percents = [100 * r for r in laws.residuals]
    for i, n in enumerate(sizes):
        rests = [(p.tokens, r) for p, r in zip(points, percents, strict=True) if p.parameters == n]
        left.plot(*zip(*rests, strict=True), "o-", color=f"C{i}", linewidth=0.6)
    (alpha, beta), (a, b) = law.powers, law.factors
    title = f"L = {law.floor:.2f} + {a:.3g} / N^{alpha:.2f} + {b:.3g} / D^{beta:.2f}"
    for axes, label, name, ticks in (
        (by_tokens, "tokens D", title, counts),
        (by_size, "parameters N (without embeddings)", "the same, over sizes", sizes),
        (left, "tokens D", "residuals of log L, in %", counts),
    ):
        axes.set_xscale("log")
        axes.set_xticks(ticks, [_short(count) for count in ticks], fontsize=8)
        axes.minorticks_off()
        axes.set_xlabel(label)
        axes.set_title(name, fontsize=9)
        axes.grid(alpha=0.3, which="both")
    for axes, free in ((by_tokens, "upper right"), (by_size, "lower left")):
        axes.set_yscale("log")
        axes.yaxis.set_minor_locator(MaxNLocator(9, steps=[1, 2, 5, 10]))
        axes.yaxis.set_minor_formatter(ScalarFormatter())
        axes.set_ylabel("validation loss (nats a byte)")
        axes.legend(fontsize=7, loc=free)
    save(made, path)


def _short(count: float) -> str:
    return f"{count / 1e6:.2g} M" if count >= 1e6 else f"{count / 1e3:.3g} K"
