"""Where the attentions of a BERT look: in one text, and how far on average."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator
from nt_autograd import no_grad, tensor
from nt_data.tokenizers import Tokenizer
from nt_models import capture
from nt_models.plots import attention_heads
from nt_tensor import current_device
from numpy.typing import NDArray

from nt_apps.train.curve import figure, save
from nt_apps.train.over_batches import evaluating

__all__ = ["draw_attention", "draw_distances", "weight_by_distance"]


def draw_attention(path: Path, model: Any, ids: NDArray[Any], tokenizer: Tokenizer) -> None:
    """Draw the heads of the last layer: which token (row) looks at which (column).

    Args:
        path: where the PNG goes.
        model: has a BERT in `bert`.
        ids: (time,), the text.
        tokenizer: knows the tokens' names.

    Raises:
        UserError: the file cannot be written.
    """
    tokens = tensor(ids[None].astype(np.int64), device=current_device())  # (1, time)
    with evaluating(model), no_grad(), capture(model.bert) as seen:
        model.bert(tokens)
        last = f"blocks.{len(model.bert.blocks) - 1}.attention"
        weights = seen.attention[last][-1]
    names = [tokenizer.id_to_token(int(i)) or "" for i in ids]
    save(attention_heads(weights, names, title="attention of the last layer"), path)


def weight_by_distance(maps: NDArray[Any], reach: int) -> NDArray[Any]:
    """The mean weight that queries give to the key so many tokens on; negative, back.

    Args:
        maps: attention (batch, heads, time, time).
        reach: the largest distance, below time.

    Returns:
        (heads, 2 reach + 1), from the farthest back to the farthest on.

    Example:
        >>> one_back = np.eye(5, k=-1)[None, None]  # a head that looks at the previous token
        >>> weight_by_distance(one_back, 2).tolist()
        [[0.0, 1.0, 0.0, 0.0, 0.0]]
    """
    every = range(-reach, reach + 1)
    diagonals = [maps.diagonal(distance, 2, 3).mean((0, 2)) for distance in every]  # (heads,)
    return np.stack(diagonals, 1)


def draw_distances(path: Path, model: Any, tokens: NDArray[np.int64], reach: int = 6) -> None:
    """Draw how far each head of each layer looks, on average over rows of text.

    Args:
        path: where the PNG goes.
        model: has a BERT in `bert`.
        tokens: (batch, time).
        reach: the largest distance that is drawn, if texts are that long.

    Raises:
        UserError: the file cannot be written.
    """
    reach = min(reach, tokens.shape[1] - 1)
    with evaluating(model), no_grad(), capture(model.bert) as seen:
        model.bert(tensor(tokens, device=current_device()))
        layers = [
            weight_by_distance(seen.attention[f"blocks.{i}.attention"][-1].numpy(), reach)
            for i in range(len(model.bert.blocks))
        ]
    heads = len(layers[0])
    made = figure(1.7 * heads + 1, 1.3 * len(layers) + 0.9)
    made.suptitle(f"mean weight by distance, {tokens.shape[0]} x {tokens.shape[1]} tokens")
    grid = made.subplots(len(layers), heads, squeeze=False, sharex=True, sharey=True)
    for layer, (row, shares) in enumerate(zip(grid, layers, strict=True)):
        for head, (axes, share) in enumerate(zip(row, shares, strict=True)):
            axes.bar(np.arange(-reach, reach + 1), share, color="tab:blue")
            axes.set_ylim(0, 1)
            axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
            axes.set_title(f"layer {layer}, head {head}", fontsize=8)
            axes.tick_params(labelsize=7)
            axes.grid(alpha=0.3, axis="y")
    made.supxlabel("tokens from the query to the key", fontsize=9)
    save(made, path)
