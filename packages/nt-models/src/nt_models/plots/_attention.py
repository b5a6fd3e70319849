"""Where attentions look: a layer's heads, all layers at a glance, and their rollout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, sqrt
from typing import TYPE_CHECKING, Any

from nt_autograd import tensor

from ..insight import attention_rollout as rollout
from ._figure import array, check_labels, figure, label_axes, one_sample

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = "viridis"


def attention_heads(
    weights: Any,
    tokens: Sequence[Any] | None = None,
    keys: Sequence[Any] | None = None,
    *,
    sample: int = 0,
    title: str = "attention",
) -> Figure:
    """One layer's heads side by side: which query (row) looks at which key (column).

    All share one scale of colours, from 0 to the largest weight.

    Args:
        weights: (heads, queries, keys), or (batch, heads, queries, keys):
            `seen.attention["blocks.0.attention"][-1]` of `capture`.
        tokens: a label for each query; None for positions.
        keys: a label for each key; None for `tokens` where there are as many, else positions.
        sample: which of a batch.
        title: what stands above.

    Returns:
        A matplotlib figure.

    Raises:
        ValueError: shapes and labels do not fit.
        ImportError: matplotlib is not installed.

    Example:
        >>> from nt_autograd import tensor
        >>> from nt_models import GPT2, GPT2Config, capture
        >>> model = GPT2(GPT2Config(vocab_size=65, context=8, layers=2, heads=2, width=16))
        >>> with capture(model) as seen:
        ...     _ = model(tensor([[1, 2, 3]]))
        ...     drawn = attention_heads(seen.attention["blocks.0.attention"][-1], "abc")
        >>> [axes.get_title() for axes in drawn.axes[:2]]
        ['head 0', 'head 1']

    Source: Clark et al., What Does BERT Look At? (2019), figure 1.
    """
    values = one_sample("weights", weights, 3, sample)
    titles = [f"head {i}" for i in range(values.shape[0])]
    return _grid(values, titles, tokens, keys, title, float(values.max()))


def attention_rollout(
    maps: Sequence[Any],
    tokens: Sequence[Any] | None = None,
    *,
    sample: int = 0,
    title: str = "attention rollout",
) -> Figure:
    """How much of each input position (column) is in each position (row) after each layer.

    Args:
        maps: each layer's attention to itself, (batch, heads, time, time) or without a batch.
        tokens: a label for each position; None for numbers.
        sample: which of a batch.
        title: what stands above.

    Returns:
        A matplotlib figure.

    Raises:
        ValueError: shapes and labels do not fit.
        ImportError: matplotlib is not installed.

    Example:
        >>> from nt_autograd import eye, stack
        >>> drawn = attention_rollout([stack([eye(3), eye(3)])] * 4, "abc")
        >>> [axes.get_title() for axes in drawn.axes[:4]]
        ['up to layer 0', 'up to layer 1', 'up to layer 2', 'up to layer 3']

    Source: Abnar and Zuidema, Quantifying Attention Flow in Transformers (2020), section 4.
    """
    own = [one_sample("maps", each, 3, sample) for each in maps]
    rolled = [array(each) for each in rollout([tensor(each) for each in own])]
    titles = [f"up to layer {i}" for i in range(len(rolled))]
    return _grid(rolled, titles, tokens, None, title, max(float(each.max()) for each in rolled))


def attention_layers(
    maps: Mapping[str, Any] | Sequence[Any], *, sample: int = 0, title: str = "attention"
) -> Figure:
    """All heads (columns) of all layers (rows), small: what kinds of pattern there are.

    Each map has a scale of its own, from 0 to its largest weight.

    Args:
        maps: dotted name -> what `seen.attention` of `capture` has, or a list of one map a layer.
        sample: which of a batch.
        title: what stands above.

    Returns:
        A matplotlib figure.

    Raises:
        ValueError: there is no map, or one is not (heads, queries, keys), a batch in front or not.
        ImportError: matplotlib is not installed.

    Example:
        >>> from nt_autograd import eye, stack
        >>> drawn = attention_layers({"blocks.0": stack([eye(3), eye(3)])})
        >>> drawn.axes[0].get_ylabel(), drawn.axes[1].get_title()
        ('blocks.0', 'head 1')

    Source: Vig, A Multiscale Visualization of Attention in the Transformer Model (2019), figure 4.
    """
    named = maps if isinstance(maps, Mapping) else {f"layer {i}": m for i, m in enumerate(maps)}
    rows = {name: one_sample(name, _last(m), 3, sample) for name, m in named.items()}
    if not rows:
        raise ValueError("maps: there is none")
    heads = max(each.shape[0] for each in rows.values())
    drawn = figure(1.0 + 0.85 * heads, 0.6 + 0.85 * len(rows), title)
    all_axes = drawn.subplots(len(rows), heads, squeeze=False)
    for depth, (row, (name, each)) in enumerate(zip(all_axes, rows.items(), strict=True)):
        for head, axes in enumerate(row):
            axes.set_xticks([])
            axes.set_yticks([])
            if head >= each.shape[0]:
                axes.axis("off")
                continue
            axes.imshow(each[head], cmap=COLOURS, vmin=0.0, interpolation="nearest", aspect="auto")
            if depth == 0:
                axes.set_title(f"head {head}", fontsize=7)
        label = name.removesuffix(".attention")
        row[0].set_ylabel(label, fontsize=7, rotation=0, ha="right", va="center", parse_math=False)
    return drawn


def _last(maps: Any) -> Any:
    """Of the maps of several calls the last."""
    return maps[-1] if isinstance(maps, list) else maps


def _grid(
    images: Sequence[Any],
    titles: Sequence[str],
    rows: Sequence[Any] | None,
    columns: Sequence[Any] | None,
    title: str,
    largest: float,
) -> Figure:
    queries, keys = images[0].shape
    if columns is None and queries == keys:
        columns = rows
    row_labels, column_labels = (
        check_labels("tokens", rows, queries),
        check_labels("keys", columns, keys),
    )
    across = ceil(sqrt(len(images)))
    down = ceil(len(images) / across)
    room = max(2.5, 15.0 / across)  # inches: all columns together no wider than a screen
    side = min(room, max(1.9, 0.15 * max(queries, keys)))
    drawn = figure((side + 0.5) * across + 1.0, (side + 0.7) * down + 0.5, title)
    grid = drawn.subplots(down, across, squeeze=False)
    for i, axes in enumerate(grid.flat):
        if i >= len(images):
            axes.axis("off")
            continue
        image = axes.imshow(
            images[i], cmap=COLOURS, vmin=0.0, vmax=largest, interpolation="nearest"
        )
        axes.set_title(titles[i], fontsize=9)
        label_axes(axes, row_labels, column_labels, side)
        if i % across == 0:
            axes.set_ylabel("query", fontsize=8)
        if i + across >= len(images):
            axes.set_xlabel("key", fontsize=8)
    drawn.colorbar(image, ax=grid, label="weight", shrink=0.8)
    return drawn
