"""Activations: their statistics through the depth of a model, and their histograms."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import TYPE_CHECKING, Any

from ..insight import activation_statistics as statistics_of
from ..insight._statistics import tensors_of
from ._figure import array, figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PANELS = (
    ("mean", "mean"),
    ("std", "standard deviation"),
    ("zeros", "share of zeros"),
    ("largest", "largest absolute value"),
)


def activation_statistics(outputs: Mapping[str, Any], *, title: str = "activations") -> Figure:
    """Mean, deviation, share of zeros and largest value of what each module gave, by depth.

    Args:
        outputs: dotted name -> what it gave: `seen.outputs` of `capture`.
        title: what stands above.

    Returns:
        A matplotlib figure: a line for each module, the first on top.

    Raises:
        ValueError: nothing in it is a tensor of floats.
        ImportError: matplotlib is not installed.

    Example:
        >>> from nt_autograd import tensor
        >>> drawn = activation_statistics({"up": tensor([-3.0, 1.0]), "relu": tensor([0.0, 1.0])})
        >>> [axes.get_title() for axes in drawn.axes]
        ['mean', 'standard deviation', 'share of zeros', 'largest absolute value']

    Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural
        networks (2010), section 3.
    """
    found = statistics_of(outputs)
    names = [each.name or "(the model)" for each in found]
    rows = range(len(found))
    drawn = figure(11.0, 1.2 + 0.17 * max(len(found), 6), title)
    panels = drawn.subplots(1, len(PANELS), sharey=True)
    for axes, (field, heading) in zip(panels, PANELS, strict=True):
        values = [getattr(each, field) for each in found]
        axes.plot(values, rows, "o-", markersize=3, linewidth=0.8)
        axes.set_title(heading, fontsize=9)
        axes.grid(alpha=0.3)
        axes.tick_params(labelsize=7)
        if field == "mean":
            axes.axvline(0.0, color="tab:gray", linewidth=0.8)
            # one far mean, as of logits, is not to press all others into a line
            axes.set_xscale("symlog", linthresh=max(abs(each) for each in values) / 30 or 1.0)
            axes.margins(x=0.08)
            axes.autoscale_view()
        elif field == "zeros":
            axes.set_xlim(-0.03, 1.03)
        elif 0.0 < min(values) < max(values) / 50:
            axes.set_xscale("log")
        else:
            axes.set_xlim(left=0.0)
    panels[0].set_yticks(rows, names, fontsize=7, parse_math=False)
    panels[0].set_ylim(len(found) - 0.5, -0.5)
    panels[0].set_ylabel("module, in the order of running")
    return drawn


def activation_histograms(
    outputs: Mapping[str, Any], *, bins: int = 60, title: str = "activations"
) -> Figure:
    """A histogram of what each module gave, of counts on a logarithmic scale.

    Args:
        outputs: dotted name -> what it gave: `seen.outputs` of `capture`, or some of it.
        bins: how many intervals, from the least value to the largest.
        title: what stands above.

    Returns:
        A matplotlib figure.

    Raises:
        ValueError: nothing in it is a tensor of floats, or `bins` is not positive.
        ImportError: matplotlib is not installed.

    Example:
        >>> from nt_autograd import tensor
        >>> drawn = activation_histograms({"relu": tensor([0.0, 0.0, 1.0, 3.0])}, bins=3)
        >>> [int(bar.get_height()) for bar in drawn.axes[0].patches]
        [2, 1, 1]

    Source: Glorot and Bengio (2010), figure 4.
    """
    if bins < 1:
        raise ValueError(f"bins ({bins}) must be positive")
    found = tensors_of(outputs)
    across = min(4, len(found))
    down = ceil(len(found) / across)
    drawn = figure(2.6 * across + 0.4, 1.8 * down + 0.6, title)
    grid = drawn.subplots(down, across, squeeze=False)
    for axes in list(grid.flat)[len(found) :]:
        axes.axis("off")
    for axes, (name, x) in zip(grid.flat, found, strict=False):
        axes.hist(array(x).reshape(-1), bins=bins, log=True)
        axes.set_title(name or "(the model)", fontsize=8, parse_math=False)
        axes.tick_params(labelsize=7)
    for axes in grid[:, 0]:
        axes.set_ylabel("elements", fontsize=8)
    drawn.supxlabel("value", fontsize=8)
    return drawn
