"""A language model at work: what may come next, what it writes, and where its attentions look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from nt_autograd import Tensor, no_grad, softmax, tensor
from nt_data import TokenizerError
from nt_data.tokenizers import Tokenizer
from nt_models import capture
from nt_models import generation as cuts
from nt_tensor import Generator
from numpy.typing import NDArray

from nt_apps.demo.html import Bar, bars, message, shown
from nt_apps.demo.models import Found, load, tokenizer_of
from nt_apps.errors import UserError, telling
from nt_apps.train.language import LanguageTask
from nt_apps.write import as_text

__all__ = ["Controls", "Maps", "Next", "Writer", "next_bars"]

MOST = 256  # tokens whose attention is looked at
FIRST_WORDS = 16  # tokens that a model writes for its page to begin with, if its run has no prompt


@dataclass(frozen=True)
class Controls:
    """How a token is chosen, as `nt_models.generation.sampler` has it.

    Raises:
        UserError: one is out of its range.

    Example:
        >>> Controls(temperature=0.8, top_k=40).options()
        {'temperature': 0.8, 'top_k': 40}
    """

    temperature: float = 1.0  # 0 is the likeliest, always
    top_k: int = 0  # 0 is all
    top_p: float = 1.0
    min_p: float = 0.0

    def __post_init__(self) -> None:
        with telling(ValueError):
            cuts.sampler(**self.options())

    def options(self) -> dict[str, Any]:
        """Those that change something, with `temperature`, as `generate` takes them."""
        chosen: dict[str, Any] = {"temperature": self.temperature}
        if self.top_k:
            chosen["top_k"] = self.top_k
        if self.top_p != 1.0:
            chosen["top_p"] = self.top_p
        if self.min_p:
            chosen["min_p"] = self.min_p
        return chosen

    def shares(self, logits: Tensor) -> NDArray[np.float64]:
        """What each token is drawn with, (vocabulary,), of logits (1, vocabulary)."""
        if self.temperature == 0.0:
            return np.asarray(np.arange(logits.shape[1]) == cuts.greedy(logits).item(), np.float64)
        for name, value in self.options().items():
            logits = getattr(cuts, name)(value)(logits, logits)
        return probabilities(logits)


@dataclass(frozen=True)
class Next:
    """What may come next.

    Attributes:
        names: a label for each token of the vocabulary.
        model: the probabilities as the model gives them, (vocabulary,).
        drawn: those after temperature and cuts, (vocabulary,).
    """

    names: list[str]
    model: NDArray[np.float64]
    drawn: NDArray[np.float64]

    def rows(self, most: int = 12) -> list[Bar]:
        """The likeliest tokens, and all others together, so that the shares sum to 1."""
        order = np.lexsort((-self.model, -self.drawn))
        first, rest = order[:most], order[most:]
        rows: list[Bar] = [
            (self.names[i], float(self.drawn[i]), float(self.model[i])) for i in first
        ]
        if len(rest):
            others = f"{len(rest):,} others"
            rows.append((others, float(self.drawn[rest].sum()), float(self.model[rest].sum())))
        return rows


@dataclass(frozen=True)
class Maps:
    """Where the attentions look.

    Attributes:
        tokens: a label for each token.
        layers: the name of each layer that attends.
        weights: (layers, heads, queries, keys).
    """

    tokens: list[str]
    layers: list[str]
    weights: NDArray[np.float32]


class Writer:
    """A language model with its tokenizer.

    Args:
        model: a `nt_models.generation.LanguageModel`.
        tokenizer: what makes its tokens.
        prompt: what to begin with.
    """

    def __init__(self, model: Any, tokenizer: Tokenizer, prompt: str = "\n") -> None:
        self.model, self.tokenizer, self.prompt = model, tokenizer, prompt
        self.context: int | None = getattr(model.config, "context", None)
        self._names: list[str] = []

    @classmethod
    def open(cls, found: Found) -> Writer:
        """Load one.

        Raises:
            UserError: its files are damaged or not understood.
        """
        task, model = load(found)
        if not isinstance(task, LanguageTask):
            return cls(model, tokenizer_of(found), "The")
        writer = cls(model, task.tokenizer, task.config.prompt)
        if not writer.prompt.strip():  # of a lone line feed there is nothing to see
            *_, text = writer.write(writer.prompt, Controls(), FIRST_WORDS, seed=0)
            writer.prompt = text.lstrip() or writer.prompt
        return writer

    @property
    def names(self) -> list[str]:
        """A label for each token of the model's vocabulary."""
        if not self._names:
            known, size = self.tokenizer.vocab_size, self.model.config.vocab_size
            ids = [i if self.tokenizer.id_to_token(i) is not None else None for i in range(known)]
            self._names = [
                f"token {i}" if each is None else shown(self.tokenizer.decode([each]))
                for i, each in enumerate([*ids, *[None] * (size - known)][:size])
            ]
        return self._names

    def ids(self, text: str) -> NDArray[np.int64]:
        """The tokens of a text, (time,), all of them.

        Raises:
            UserError: there are none, or the tokenizer cannot write the text.
        """
        with telling(TokenizerError):
            found = self.tokenizer.encode(text).astype(np.int64)
        if not len(found):
            raise UserError("Type at least one character.")
        return found

    def seen(self, text: str, most: int | None = None) -> NDArray[np.int64]:
        """The last tokens of a text that the model can see at once, at most so many."""
        ids = self.ids(text)
        limits = [limit for limit in (self.context, most) if limit is not None]
        return ids[-min(limits) :] if limits else ids

    def next(self, text: str, controls: Controls) -> Next:
        """What may follow a text.

        Raises:
            UserError: as `ids`.
        """
        with no_grad():
            hidden = self.model.hidden(tensor(self.seen(text)[None]))  # (1, time, width)
            logits = self.model.logits(hidden[:, -1])  # (1, vocabulary)
            return Next(self.names, probabilities(logits), controls.shares(logits))

    def attention(self, text: str) -> Maps:
        """Where every head of every layer looks, over the last tokens of a text.

        Raises:
            UserError: as `ids`, or the model has no attention.
        """
        ids = self.seen(text, MOST)
        with no_grad(), capture(self.model) as seen:
            self.model.hidden(tensor(ids[None]))
            maps = {name: each[-1].numpy()[0] for name, each in seen.attention.items()}
        if not maps:
            raise UserError("This model has no attention.")
        return Maps([self.names[i] for i in ids], list(maps), np.stack(list(maps.values())))

    def write(self, text: str, controls: Controls, tokens: int, seed: int) -> Iterator[str]:
        """A text as it grows: all that is written so far, after each piece.

        Raises:
            UserError: as `ids`.
        """
        drawn = self.model.stream(
            tensor(self.ids(text)[None]), tokens, generator=Generator(seed), **controls.options()
        )
        for piece in as_text(self.tokenizer, (int(token.data[0]) for token in drawn)):
            text += piece
            yield text


def next_bars(writer: Writer, text: str, controls: Controls) -> str:
    """What may follow a text, as bars; or why that cannot be told."""
    try:
        rows = writer.next(text, controls).rows()
    except UserError as error:
        return message(str(error))
    return bars(rows, "probabilities of the next token")


def probabilities(logits: Tensor) -> NDArray[np.float64]:
    """Of logits (1, vocabulary), (vocabulary,); in float64, so that they sum to 1."""
    found: NDArray[np.float64] = softmax(logits.to("float64"), -1).numpy()[0]
    return found
