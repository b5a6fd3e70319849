"""The logit lens: the most probable token after each block, at each position."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ._figure import array, figure, visible

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..insight import LogitLens

LONGEST = 12  # letters of a token in a cell


def logit_lens(
    lens: LogitLens,
    decode: Callable[[int], str] = str,
    *,
    sample: int = 0,
    title: str = "logit lens: the most probable token after each block",
) -> Figure:
    """A cell for each depth (row, the last on top) and position (column).

    It has the most probable token in it, and its probability as the colour.

    Args:
        lens: what `nt_models.insight.logit_lens` gives.
        decode: a token's id -> its text, such as `lambda i: tokenizer.decode([i])`.
        sample: which of the batch.
        title: what stands above.

    Returns:
        A matplotlib figure.

    Raises:
        ValueError: there is no such sample.
        ImportError: matplotlib is not installed.

    Example:
        >>> from nt_autograd import tensor
        >>> from nt_models import GPT2, GPT2Config
        >>> from nt_models.insight import logit_lens as look
        >>> model = GPT2(GPT2Config(vocab_size=65, context=8, layers=2, heads=2, width=16))
        >>> drawn = logit_lens(look(model, tensor([[1, 2, 3]])))
        >>> cells = drawn.axes[0]
        >>> len(cells.texts), [label.get_text() for label in cells.get_xticklabels()]
        (9, ['1', '2', '3'])

    Source: nostalgebraist, interpreting GPT: the logit lens (2020).
    """
    batch = lens.inputs.shape[0]
    if not 0 <= sample < batch:
        raise ValueError(f"sample ({sample}) must be below the batch of {batch}")
    tokens = array(lens.tokens)[::-1, sample, :, 0]  # (depths, time)
    likely = array(lens.probabilities)[::-1, sample, :, 0]
    read = [_shown(decode, i) for i in array(lens.inputs)[sample].tolist()]
    depths, time = tokens.shape
    texts = [[_shown(decode, i) for i in row] for row in tokens.tolist()]
    widest = max(len(text) for row in (*texts, read) for text in row)
    cell = max(0.38, 0.085 * widest + 0.1)
    drawn = figure(cell * time + 2.4, 0.3 * depths + 1.3, title)
    axes = drawn.subplots()
    image = axes.imshow(likely, cmap="viridis", vmin=0.0, vmax=1.0, aspect="auto")
    for y, row in enumerate(texts):
        for x, text in enumerate(row):
            colour = "black" if likely[y, x] > 0.6 else "white"
            axes.text(
                x, y, text, ha="center", va="center", fontsize=8, color=colour, parse_math=False
            )
    axes.set_yticks(range(depths), lens.names[::-1], fontsize=8, parse_math=False)
    axes.set_xticks(range(time), read, fontsize=8, parse_math=False)
    axes.set_xlabel("token that is read")
    axes.set_ylabel("after")
    drawn.colorbar(image, ax=axes, label="probability")
    return drawn


def _shown(decode: Callable[[int], str], token: int) -> str:
    text = visible(decode(token))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
