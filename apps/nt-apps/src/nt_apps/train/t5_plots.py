"""What a translator shows: where it looks while it writes, and how well by length."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from nt_autograd import no_grad, tensor
from nt_models import T5, capture
from nt_models.plots import attention_heads
from nt_tensor import current_device

from nt_apps.train.curve import figure, save
from nt_apps.train.over_batches import evaluating
from nt_apps.train.t5_lesson import Translation
from nt_apps.train.t5_pairs import Judged
from nt_apps.train.t5_translate import encoded

__all__ = ["draw_translation"]

SHOWN = 8  # the words of the sentence whose attention is drawn


def draw_translation(
    model: T5, lesson: Translation, translations: list[str], folder: Path
) -> list[Path]:
    """Draw cross-attention for one test sentence, and test BLEU by the sentence's length.

    Args:
        model: has translated the test sentences.
        lesson: has them.
        translations: of all of them, in their order.
        folder: where to.
    """
    paths = [folder / "cross-attention.png", folder / "bleu-by-length.png"]
    judged = lesson.judged["test"]
    away = [abs(len(text.split()) - SHOWN) for text in judged.sources]
    chosen = int(np.argmin(away))
    _draw_attention(model, lesson, judged.sources[chosen], translations[chosen], paths[0])
    _draw_lengths(judged, translations, paths[1])
    return paths


def _draw_attention(
    model: T5, lesson: Translation, text: str, translation: str, path: Path
) -> None:
    """The heads of the decoder's last block: each written token's place in the source."""
    tokenizer = lesson.tokenizer
    source, target = encoded(tokenizer, [text, translation])
    here = current_device()
    labels = tensor(target[None], device=here)  # (1, time)
    name = f"decoder.blocks.{lesson.config.layers - 1}.cross"
    with evaluating(model), no_grad(), capture(model, name) as seen:
        model(tensor(source[None], device=here), model.shift_right(labels))
        drawn = attention_heads(
            seen.attention[name][-1],  # (1, heads, written, read)
            [_shown(tokenizer.decode([i])) for i in target],
            [_shown(tokenizer.decode([i])) for i in source],
            title="cross-attention of the last block: written (rows), read (columns)",
        )
    save(drawn, path)


def _draw_lengths(judged: Judged, translations: list[str], path: Path) -> None:
    """Corpus BLEU of the sentences of each length, and how many there are."""
    words = np.array([len(text.split()) for text in judged.sources])
    edges = np.unique(np.quantile(words, np.linspace(0, 1, 9)).astype(int))
    bounds = list(zip(edges, [*edges[1:], edges[-1] + 1], strict=True))
    names, scores, counts = [], [], []
    for low, high in bounds:
        places = np.flatnonzero((words >= low) & (words < high)).tolist()
        if not places:
            continue
        part = Judged([judged.sources[i] for i in places], [judged.references[i] for i in places])
        names.append(str(low) if high == low + 1 else f"{low}-{high - 1}")
        scores.append(part.score([translations[i] for i in places]))
        counts.append(len(places))
    made = figure(8, 4.5)
    axes = made.add_subplot()
    bars = axes.bar(names, scores)
    axes.bar_label(bars, [f"{count:,}" for count in counts], fontsize=8)
    axes.set_xlabel("words of the sentence (above each bar: sentences)")
    axes.set_ylabel("BLEU")
    axes.set_title("test BLEU by length")
    axes.grid(alpha=0.3, axis="y")
    save(made, path)


def _shown(token: str) -> str:
    return token.replace(" ", "␣")
