"""One step of a generation: a model, and what it remembers of the texts that it continues."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, runtime_checkable

from nt_autograd import Tensor, concat, cumsum, full, index_select, no_grad, ones, where
from nt_nn import Module

__all__ = ["Cache", "EncoderDecoder", "LanguageModel"]


class Cache(Protocol):
    """What one block remembers of the positions that it has seen, such as `nt_nn.KVCache`.

    Example:
        >>> from nt_nn import KVCache
        >>> cache: Cache = KVCache(batch=1, heads=2, capacity=8, head_dim=4)
    """

    def reorder(self, rows: Tensor) -> None:
        """Take these rows in the place of all that there were."""


@runtime_checkable
class LanguageModel(Protocol):
    """A model that continues a text, such as `GPT2`.

    Its `config.context` is the longest text that it can see; None, or none at all, for any. It is
    called with fresh tokens (batch, time), `caches` that hold what came before them,
    `attention_mask` over both (1 at real tokens, None for all) and the fresh tokens'
    `position_ids`; `hidden` takes the same, and `logits` makes logits of what it gives.

    Example:
        >>> from nt_models import GPT2, GPT2Config
        >>> isinstance(GPT2(GPT2Config.preset("nano", vocab_size=65)), LanguageModel)
        True
    """

    config: Any

    def caches(self, batch: int, length: int) -> Sequence[Any]:
        """Fresh caches, one a block or so, for `length` positions."""

    def hidden(self, tokens: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """(batch, time, width): the logits are one product away."""

    def logits(self, x: Tensor) -> Tensor:
        """(…, width) to (…, vocabulary)."""


@runtime_checkable
class EncoderDecoder(Protocol):
    """A model that reads one text and writes another, such as `T5`.

    What it writes begins with the token `config.start`.

    Example:
        >>> from nt_models import GPT2, GPT2Config
        >>> isinstance(GPT2(GPT2Config.preset("nano", vocab_size=65)), EncoderDecoder)
        False
    """

    config: Any

    def caches(self, batch: int, length: int) -> Sequence[Any]:
        """Fresh caches for `length` written positions."""

    def encode(self, tokens: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """What is made of the text that is read, (batch, source, width)."""

    def decode(self, tokens: Tensor, encoded: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """Logits (batch, time, vocabulary) of written tokens, the last ones of those in caches."""


class Steps:
    """Calls a model with what it has not seen yet of a growing text.

    Attributes:
        start: (batch, time), what the text begins with: the prompt, or the start token of a model
            that reads the prompt apart.
    """

    start: Tensor

    def __init__(self, model: Any, batch: int, length: int, use_cache: bool) -> None:
        self.model = model
        self.context: int | None = getattr(model.config, "context", None)
        self.batch = batch
        self.capacity = length if self.context is None else min(length, self.context)
        self.use_cache = use_cache
        self.caches: Sequence[Cache] | None = None
        self.past = 0  # how many positions are in the caches

    def logits(self, text: Tensor) -> Tensor:
        """Logits (batch, vocabulary) of what follows a text (batch, time); at least float32."""
        time = text.shape[1]
        begin = 0 if self.context is None else max(time - self.context, 0)
        if self.use_cache and (self.caches is None or self.past == self.context):
            # At the start, and when the window is full: where positions are learned, a window that
            # slides by one gives every token another position, and nothing of the caches holds.
            self.caches, self.past = self.model.caches(self.batch, self.capacity), 0
        logits = self.run(text, begin, begin + self.past)
        self.past = time - begin if self.use_cache else 0
        return logits if logits.dtype.name in ("float32", "float64") else logits.to("float32")

    def run(self, text: Tensor, begin: int, fresh: int) -> Tensor:
        """Logits of the last position of a window of the text, fresh from some place on."""
        raise NotImplementedError

    def reorder(self, rows: Tensor) -> None:
        """Go on with these rows of the batch."""
        self.batch = len(rows)
        for cache in self.caches or ():
            cache.reorder(rows)

    def marked(self, text: Tensor) -> Tensor:
        """The text with -1 where there is padding."""
        return text


class Continuing(Steps):
    """A language model goes on with its prompt."""

    def __init__(
        self, model: Module, tokens: Tensor, mask: Tensor | None, new: int, use_cache: bool
    ) -> None:
        batch, time = tokens.shape
        super().__init__(model, batch, time + new, use_cache)
        self.start = tokens
        self.mask: Tensor | None = None  # (batch, time + new), 1 at real tokens
        if mask is not None and not (mask != 0).all().item():
            if not (mask[:, -1] != 0).all().item():
                raise ValueError("attention_mask must be 1 at the end: prompts are padded in front")
            more = ones(batch, new, dtype="int64", device=tokens.device)
            self.mask = concat([(mask != 0).to("int64"), more], 1)

    def run(self, text: Tensor, begin: int, fresh: int) -> Tensor:
        """The body's last position alone goes through the head."""
        time, given = text.shape[1], {}
        if self.mask is not None:
            mask = self.mask[:, begin:time]
            positions = (cumsum(mask, 1) - 1).clip(min=0)
            given = {"attention_mask": mask, "position_ids": positions[:, fresh - begin :]}
        x = self.model.hidden(text[:, fresh:], caches=self.caches, **given)  # (batch, new, width)
        logits: Tensor = self.model.logits(x[:, -1])
        return logits

    def reorder(self, rows: Tensor) -> None:
        """Go on with these rows of the batch."""
        super().reorder(rows)
        if self.mask is not None:
            self.mask = index_select(self.mask, 0, rows)

    def marked(self, text: Tensor) -> Tensor:
        """The text with -1 where there is padding."""
        if self.mask is None:
            return text
        marked: Tensor = where(self.mask[:, : text.shape[1]] != 0, text, -1)
        return marked


class Answering(Steps):
    """An encoder reads the prompt, a decoder writes."""

    def __init__(
        self, model: Module, tokens: Tensor, mask: Tensor | None, new: int, use_cache: bool
    ) -> None:
        batch = tokens.shape[0]
        super().__init__(model, batch, 1 + new, use_cache)
        self.start = start_of(model, tokens)
        self.mask = mask
        with evaluating(model), no_grad():
            self.encoded: Tensor = self.model.encode(tokens, mask)  # (batch, source, width)

    def run(self, text: Tensor, begin: int, fresh: int) -> Tensor:
        """The decoder sees all that was read."""
        logits = self.model.decode(
            text[:, fresh:], self.encoded, self.mask, caches=self.caches
        )  # (batch, new, vocabulary)
        last: Tensor = logits[:, -1]
        return last

    def reorder(self, rows: Tensor) -> None:
        """Go on with these rows of the batch; beams have read what their prompt's others have."""
        if len(rows) != self.batch:
            self.encoded = index_select(self.encoded, 0, rows)
            self.mask = None if self.mask is None else index_select(self.mask, 0, rows)
        super().reorder(rows)


def start_of(model: Module, tokens: Tensor) -> Tensor:
    """What the texts begin with: the prompts (batch, time), or start tokens (batch, 1)."""
    if not isinstance(model, EncoderDecoder):
        return tokens
    start: int = model.config.start
    return full((tokens.shape[0], 1), start, dtype="int64", device=tokens.device)


@contextmanager
def evaluating(model: Module) -> Iterator[None]:
    """The model evaluates (no dropout) and is then as it was, each module of it."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True
