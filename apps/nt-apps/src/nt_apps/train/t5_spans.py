"""Spans of a text hidden behind sentinels, to be written again: how T5 is pre-trained."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from nt_autograd import tensor
from nt_data import (
    DataLoader,
    DownloadError,
    Draws,
    SlidingWindows,
    TextError,
    TiledWindows,
    TokenizerError,
)
from nt_data.metrics import unigram_cross_entropy
from nt_data.sources import load_text
from nt_data.tokenizers import Tokenizer
from nt_data.transforms import SpanCorruption
from nt_models import T5
from nt_tensor import current_device
from numpy.typing import NDArray

from nt_apps.errors import UserError, telling
from nt_apps.train.t5_lesson import learn_tokenizer
from nt_apps.train.t5_translate import EOS
from nt_apps.train.task import Figures

if TYPE_CHECKING:
    from nt_apps.train.t5 import T5Settings

__all__ = ["Spans"]

SENTINELS = [f"<extra_id_{i}>" for i in range(100)]

Tokens = NDArray[np.int64]  # (batch, time)


class Spans:
    """What `nt train t5 --task spans` learns: which tokens stood behind the sentinels.

    Args:
        config: `data`, `data_dir`, `tokenizer`, `vocab_size` and `context` are read.
        tokenizer: the one of an earlier run; by default one learns from the training part.

    Raises:
        UserError: the text cannot be had, is none, or is shorter than the context.

    Source: Raffel et al. (2020), section 3.1.4: 15 % of the tokens, in spans of 3.
    """

    def __init__(self, config: T5Settings, tokenizer: Tokenizer | None = None) -> None:
        self.config = config
        with telling(TextError, DownloadError, OSError):
            self.text = load_text(config.data, data_dir=config.data_dir)
        self.tokenizer = tokenizer or learn_tokenizer(
            [self.text.train], config.tokenizer, config.vocab_size, SENTINELS
        )
        with telling(TokenizerError, prefix=f"{config.data}: "):
            self.tokens = {
                part: self.tokenizer.encode(text, add_special_tokens=False)
                for part, text in (
                    ("train", self.text.train), ("validation", self.text.validation)
                )
            }  # fmt: skip
            sentinels = [self.tokenizer.token_to_id(name) for name in SENTINELS]
        for part, tokens in self.tokens.items():
            if len(tokens) <= config.context:
                raise UserError(
                    f"context ({config.context}) must be below the number of {part} tokens of "
                    f"{self.text.name} ({len(tokens)})"
                )
        with telling(ValueError, prefix=f"context ({config.context}): "):
            self.corrupt = SpanCorruption(tuple(i for i in sentinels if i is not None), EOS)
            self.corrupt.lengths(config.context)

    def fingerprint(self) -> str:
        """A hash of all tokens."""
        digest = hashlib.sha256()
        for part, tokens in self.tokens.items():
            digest.update(f"{part} {tokens.dtype.name} {len(tokens)};".encode())
            digest.update(tokens.tobytes())
        return digest.hexdigest()

    def facts(self) -> dict[str, str]:
        """The text, its split, its tokens."""
        train, validation = (f"{len(self.tokens[part]):,}" for part in ("train", "validation"))
        inputs, targets = self.corrupt.lengths(self.config.context)
        return {
            "data": self.text.name,
            "split": self.text.split,
            "tokens": f"{train} to train, {validation} to validate",
            "spans": f"of {self.config.context} tokens, {inputs} are read and {targets} written, "
            "sentinels among them",
            "measured_on": "validation, all of it in windows, with one draw of spans",
        }

    def loader(self, batches: Callable[..., DataLoader]) -> DataLoader:
        """Windows at random places, each with spans drawn anew.

        Args:
            batches: the task's own, which knows how many there are and whose share this is.
        """
        windows = SlidingWindows(self.tokens["train"], self.config.context)
        return batches(windows, replacement=True, transform=self._hide)

    def validation(self) -> DataLoader:
        """Windows side by side, with the same spans every time."""
        return self._tiled("validation")

    test = validation

    def _tiled(self, part: str) -> DataLoader:
        c = self.config
        tokens = self.tokens[part]
        whole = tokens[: (len(tokens) - 1) // c.context * c.context + 1]
        windows = TiledWindows(whole, c.context)
        return DataLoader(windows, c.batch_size, seed=c.seed, transform=self._hide, prefetch=0)

    def _hide(self, batch: tuple[Tokens, Tokens], draws: Draws) -> tuple[Tokens, Tokens]:
        return self.corrupt(batch[0], draws)

    def look(self, model: T5) -> Figures:
        """Nothing beside the loss."""
        return {}

    def answer(self, model: T5) -> None:
        """Nothing beside the loss."""

    def judge(self, said: None) -> Figures:
        """Nothing beside the loss."""
        return {}

    def sample(self, model: T5) -> str:
        """What the model writes for a window's spans, and what stood there."""
        inputs, targets = (part[:1] for part in next(iter(self.validation())))
        written = model.generate(
            tensor(inputs, device=current_device()), targets.shape[1] + 8, temperature=0.0
        ).numpy()
        decode = self.tokenizer.decode
        told = (decode(inputs[0]), decode(written[0, 1:]), decode(targets[0]))
        return "{}\n  -> {}\n  ref {}".format(*told)

    @cached_property
    def baselines(self) -> dict[str, Figures]:
        """Each target by its frequency among the targets of the training part."""
        before, after = (
            np.concatenate([targets.reshape(-1) for _, targets in self._tiled(part)])
            for part in ("train", "validation")
        )
        loss = unigram_cross_entropy(before, after, self.tokenizer.vocab_size)
        return {"unigram": {"loss": loss}}
