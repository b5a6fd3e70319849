"""Positions: encodings as a heat map and as waves, biases of distance as maps and lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._figure import array, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_LINES = 8


def position_encoding(table: Any, *, waves: int = 6, title: str = "position encoding") -> Figure:
    """A table of positions: above as a heat map, below some of its columns as waves.

    Args:
        table: (positions, width): of `nt_models.insight.position_table`, or any weights of an
            embedding of positions.
        waves: how many columns to draw as lines, evenly chosen.
        title: what stands above.

    Returns:
        A matplotlib figure.

    Raises:
        ValueError: the table is not (positions, width), or `waves` is not positive.
        ImportError: matplotlib is not installed.

    Example:
        >>> from nt_models.insight import position_table
        >>> from nt_nn import SinusoidalPositionalEncoding
        >>> drawn = position_encoding(position_table(SinusoidalPositionalEncoding(16), 40), waves=4)
        >>> [line.get_label() for line in drawn.axes[1].lines]
        ['0', '5', '10', '15']

    Source: Vaswani et al., Attention is all you need (2017), section 3.5.
    """
    values = array(table)
    if values.ndim != 2:
        raise ValueError(f"table must be (positions, width), got shape {values.shape}")
    if waves < 1:
        raise ValueError(f"waves ({waves}) must be positive")
    positions, width = values.shape
    drawn = figure(8.0, 6.0, title)
    above, below = drawn.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    largest = float(abs(values).max()) or 1.0
    image = above.imshow(
        values.T, cmap="RdBu_r", vmin=-largest, vmax=largest, aspect="auto", interpolation="nearest"
    )
    above.set_ylabel("dimension")
    drawn.colorbar(image, ax=above, label="value")
    for i in _chosen(width, waves):
        below.plot(range(positions), values[:, i], label=str(i), linewidth=1.2)
    below.set_xlabel("position")
    below.set_ylabel("value")
    below.grid(alpha=0.3)
    _legend(below, "dimension")
    return drawn


def position_bias(distances: Any, biases: Any, *, title: str = "bias of each distance") -> Figure:
    """What each head adds to a score for a distance: all heads as a heat map, some as lines.

    Args:
        distances: (distances,), negative where the key comes before the query; of
            `nt_models.insight.distance_profile`, as are the biases.
        biases: (heads, distances).
        title: what stands above.

    Returns:
        A matplotlib figure.

    Raises:
        ValueError: the shapes do not fit.
        ImportError: matplotlib is not installed.

    Example:
        >>> from nt_models.insight import distance_profile
        >>> from nt_nn import ALiBi
        >>> drawn = position_bias(*distance_profile(ALiBi(2), 3))
        >>> drawn.axes[1].lines[0].get_ydata().tolist()
        [-0.1875, -0.125, -0.0625, -0.0, -0.0625, -0.125, -0.1875]

    Source: Press, Smith and Lewis (2021), figure 3; Raffel et al. (2020), section 2.1.
    """
    along, values = array(distances), array(biases)
    if values.ndim != 2 or along.shape != values.shape[1:]:
        raise ValueError(
            f"biases {values.shape} must be (heads, distances) with distances {along.shape}"
        )
    heads = values.shape[0]
    drawn = figure(8.0, 6.0, title)
    above, below = drawn.subplots(2, 1, sharex=True, height_ratios=(2, 3))
    low, high = float(along[0]) - 0.5, float(along[-1]) + 0.5
    image = above.imshow(
        values,
        cmap="viridis",
        aspect="auto",
        interpolation="nearest",
        extent=(low, high, heads - 0.5, -0.5),
    )
    above.set_ylabel("head")
    above.set_yticks(_chosen(heads, MOST_LINES))
    drawn.colorbar(image, ax=above, label="bias")
    for i in _chosen(heads, MOST_LINES):
        below.step(along, values[i], where="mid", label=str(i), linewidth=1.2)
    below.set_xlabel("position of the key minus that of the query")
    below.set_ylabel("added to the score")
    below.grid(alpha=0.3)
    _legend(below, "head")
    return drawn


def _legend(axes: Axes, title: str) -> None:
    """What line is what, in a row under the axis' name."""
    axes.legend(
        title=title,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.24),
        ncols=MOST_LINES,
        fontsize=8,
        title_fontsize=8,
    )


def _chosen(n: int, most: int) -> list[int]:
    """At most so many of n numbers, evenly, the first and the last among them."""
    if n <= most:
        return list(range(n))
    return [0] if most == 1 else [i * (n - 1) // (most - 1) for i in range(most)]
