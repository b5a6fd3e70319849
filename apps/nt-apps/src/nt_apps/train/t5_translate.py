"""A T5 translates: many sentences at once, those of like lengths together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from nt_autograd import tensor
from nt_data import pad_sequence
from nt_data.tokenizers import Tokenizer
from nt_models import T5
from nt_tensor import current_device
from numpy.typing import NDArray

from nt_apps.train.over_batches import over_batches

__all__ = ["EOS", "IGNORED", "PAD", "encoded", "translate"]

PAD, EOS = 0, 1  # T5's: the start, too, is padding
IGNORED = -100  # a target that counts as none
TOGETHER = 2048  # tokens of sources, times beams, that are translated at once

Tokens = NDArray[np.int64]


def encoded(tokenizer: Tokenizer, texts: Sequence[str]) -> list[Tokens]:
    """Turn texts into tokens, each row ended by `EOS`.

    Example:
        >>> from nt_data.tokenizers import BPETokenizer
        >>> tokenizer = BPETokenizer.train("", 258, special_tokens=("<pad>", "</s>"))
        >>> [row.tolist() for row in encoded(tokenizer, ["", "!"])]
        [[1], [2, 1]]
    """
    rows = (tokenizer.encode(text, add_special_tokens=False, special=False) for text in texts)
    return [np.append(row.astype(np.int64), EOS) for row in rows]


def translate(
    model: T5,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    *,
    beams: int = 4,
    alternatives: int = 1,
    length_penalty: float = 1.0,
    context: int = 128,
    threads: int = 1,
) -> list[list[str]]:
    """Translate texts, in batches of like lengths.

    Args:
        model: has learned it.
        tokenizer: its own.
        texts: what to translate.
        beams: how many translations of a text are followed at once; 1 takes the likeliest token.
        alternatives: how many translations of each text to give, at most `beams`.
        length_penalty: the power of the length by which a log-probability is divided.
        context: tokens of a text at most; what is longer is cut.
        threads: how many batches at once.

    Returns:
        For each text its translations, the best first.
    """
    rows = encoded(tokenizer, texts)
    rows = [row if len(row) <= context else np.append(row[: context - 1], EOS) for row in rows]

    def write(places: list[int]) -> list[tuple[int, list[str]]]:
        here = current_device()
        tokens, mask = pad_sequence([rows[i] for i in places], padding_value=PAD)
        options: dict[str, Any] = {"temperature": 0.0}
        if beams > 1:
            options = {
                "num_beams": beams,
                "length_penalty": length_penalty,
                "num_return_sequences": alternatives,
            }
        written = model.generate(
            tensor(tokens, device=here),  # (batch, source)
            _room(tokens.shape[1]),
            attention_mask=tensor(mask.astype(np.int64), device=here),
            **options,
        ).numpy()  # (batch alternatives, time)
        found = [_text(tokenizer, row) for row in written]
        return [(i, found[n * alternatives : (n + 1) * alternatives]) for n, i in enumerate(places)]

    batches = [(each,) for each in _alike([len(row) for row in rows], TOGETHER // beams)]
    parts = over_batches(write, batches, model=model, threads=threads)
    by_place = dict(pair for part in parts for pair in part)
    return [by_place[i] for i in range(len(texts))]


def _alike(lengths: Sequence[int], most: int) -> list[list[int]]:
    """Places by length in batches, each of at most `most` tokens with its padding.

    All texts of a batch have the same room for their translations, so that none depends on others.
    """
    batches: list[list[int]] = []
    for place in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if (
            not batches
            or (len(batches[-1]) + 1) * lengths[place] > most
            or _room(lengths[batches[-1][0]]) < _room(lengths[place])
        ):
            batches.append([])
        batches[-1].append(place)
    return batches


def _room(length: int) -> int:
    """How many tokens the translation of so many may have: twice as many, rounded up."""
    return max(32, 1 << (2 * length).bit_length())


def _text(tokenizer: Tokenizer, row: Tokens) -> str:
    """What the tokens behind the start say, up to the end."""
    ends = np.flatnonzero(row[1:] == EOS)
    tokens = row[1 : 1 + ends[0]] if len(ends) else row[1:]
    return tokenizer.decode(tokens, skip_special_tokens=True).strip()
