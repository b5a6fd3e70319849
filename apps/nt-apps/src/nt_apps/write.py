"""A trained model writes: tokens as they are drawn, text as soon as they are characters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from secrets import randbits
from typing import Any

import numpy as np
from nt_autograd import tensor
from nt_data import TokenizerError
from nt_data.tokenizers import Tokenizer
from nt_models.generation import sampler
from nt_tensor import Generator, current_device

from nt_apps.errors import UserError, telling
from nt_apps.train.language import LanguageTask
from nt_apps.train.loop import on_device
from nt_apps.train.reopen import load_task

__all__ = ["as_text", "write"]


def write(
    folder: Path,
    *,
    prompt: str | None = None,
    tokens: int = 200,
    temperature: float = 0.8,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int | None = None,
    last: bool = False,
    device: str = "cpu",
) -> Iterator[str]:
    """Continue a prompt with a run's model.

    Args:
        folder: the run folder.
        prompt: what to continue; by default what the run's own samples continued.
        tokens: how many to add.
        temperature: above 1 bolder, below 1 safer, 0 always the likeliest token.
        top_k: draw from so many of the likeliest tokens only.
        top_p: draw from the likeliest tokens that together have this probability.
        seed: what the draws follow from; by default a new one.
        last: use the last checkpoint and not the best one.
        device: where to compute.

    Yields:
        The prompt, and then the text in pieces, as they come.

    Raises:
        UserError: there is no such run, its files are damaged, or an argument does not fit.
    """
    for name, value, least in (("tokens", tokens, 1), ("seed", seed or 0, 0)):
        if value < least:
            raise UserError(f"{name} ({value}) must be at least {least}")
    with telling(ValueError):  # the sampler itself knows what it takes
        sampler(temperature, top_k, top_p)
    task, saved = load_task(folder, last=last)
    if not isinstance(task, LanguageTask):
        raise UserError(f"{folder} is a run of nt train {saved.trainer}, which writes no text")
    tokenizer = task.tokenizer
    prompt = task.config.prompt if prompt is None else prompt
    with telling(TokenizerError, prefix="prompt: "):
        begin = tokenizer.encode(prompt).astype(np.int64)
    if not len(begin):
        raise UserError("prompt must have at least one character")
    with on_device(device):
        model: Any = task.model()
        saved.load_weights(model)
        drawn = model.stream(
            tensor(begin[None], device=current_device()),  # (1, time)
            tokens,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            generator=Generator(randbits(32) if seed is None else seed),
        )
        yield prompt
        yield from as_text(tokenizer, (int(token.data[0]) for token in drawn))


def as_text(tokenizer: Tokenizer, tokens: Iterator[int]) -> Iterator[str]:
    r"""Turn tokens into text one by one, where a character may take several tokens.

    Example:
        >>> from nt_data.tokenizers import ByteTokenizer
        >>> list(as_text(ByteTokenizer(), iter("né!".encode())))
        ['n', 'é', '!']
    """
    waiting: list[int] = []
    for token in tokens:
        waiting.append(token)
        text = tokenizer.decode(waiting)
        # Where the tokens stop within a character, U+FFFD ends the text; it has 4 bytes at most.
        if not text.endswith("\ufffd") or len(waiting) >= 4:
            yield text
            waiting = []
    if waiting:
        yield tokenizer.decode(waiting)
