"""What all language models' trainers share: windows of tokens in, the next token out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from nt_autograd import Tensor, cross_entropy, tensor
from nt_data import DataLoader, SlidingWindows, TiledWindows
from nt_data.metrics import perplexity
from nt_tensor import Generator, current_device
from numpy.typing import NDArray

from nt_apps.errors import UserError
from nt_apps.train.config import LOOKS, TrainConfig, setting
from nt_apps.train.corpus import Corpus, load_corpus
from nt_apps.train.kept_tokenizer import keep_tokenizer, reopen_tokenizer
from nt_apps.train.over_batches import over_batches
from nt_apps.train.task import Figures, Task

__all__ = ["NANOGPT", "THREE_MINUTES", "LanguageConfig", "LanguageTask"]

TEXT, MODEL = "Text", "Model"
IGNORED = -100  # a target that counts as none, here and in nt_data's windows

Tokens = NDArray[np.int64]  # (batch, time)


@dataclass(frozen=True)
class LanguageConfig(TrainConfig):
    """The settings of a trainer of language models.

    Raises:
        UserError: a value is out of its range; the message names it.

    Example:
        >>> LanguageConfig(width=128, heads=3)
        Traceback (most recent call last):
            ...
        nt_apps.errors.UserError: heads (3) must divide width (128)
    """

    data: str = setting(
        "python-stdlib", TEXT, "python-stdlib, tinyshakespeare, wikitext-2, or a text file"
    )
    data_dir: str | None = setting(None, TEXT, "a folder where downloaded texts may lie already")
    tokenizer: str = setting("bpe", TEXT, "bpe, byte or char", choices=("bpe", "byte", "char"))
    vocab_size: int = setting(
        2048, TEXT, "tokens that bpe learns", least=257, only=("tokenizer", "bpe")
    )

    context: int = setting(64, MODEL, "tokens that the model sees at once", least=1)
    layers: int = setting(4, MODEL, "blocks", least=1)
    heads: int = setting(4, MODEL, "attention heads; they must divide the width", least=1)
    width: int = setting(128, MODEL, "numbers that a token is made into", least=1)
    dropout: float = setting(0.0, MODEL, "share of numbers left out at random", least=0, below=1)

    eval_batches: int = setting(
        20, LOOKS, "random validation batches a look; at the end, all", least=1
    )
    sample_every: int = setting(300, LOOKS, "steps between two samples of text", least=1)
    sample_tokens: int = setting(200, LOOKS, "tokens a sample", least=1)
    prompt: str = setting("def", LOOKS, "what samples continue", otherwise="def, or a new line")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.width % self.heads:
            raise UserError(f"heads ({self.heads}) must divide width ({self.width})")
        if not self.prompt:
            raise UserError("prompt must have at least one character")


# nanoGPT's published run for a CPU: config/train_shakespeare_char.py with its README's overrides.
NANOGPT: Mapping[str, Any] = {
    "data": "tinyshakespeare", "tokenizer": "char", "prompt": "\n",
    "context": 64, "layers": 4, "heads": 4, "width": 128, "dropout": 0.0,
    "steps": 2000, "batch_size": 12, "lr": 1e-3, "min_lr": 1e-4, "warmup": 100,
    "weight_decay": 0.1, "beta1": 0.9, "beta2": 0.99, "clip": 1.0,
    "eval_every": 250, "eval_batches": 20, "sample_every": 500,
}  # fmt: skip

# The same sizes but for the context, and the tokens that two cores learn from in under 3 minutes:
# many small steps at a high rate that falls to nothing.
THREE_MINUTES: Mapping[str, Any] = {
    **NANOGPT, "context": 128, "batch_size": 16, "steps": 3000, "lr": 4e-3, "min_lr": 0.0,
    "schedule": "linear", "warmup": 150, "sample_every": 1500,
}  # fmt: skip

C = TypeVar("C", bound=LanguageConfig)


class LanguageTask(Task[C]):
    """Everything of a language model's trainer but the model itself."""

    unit = "tokens"
    corpus: Corpus

    @classmethod
    def following(cls, chosen: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """A text other than Python's is continued from an empty line."""
        other = "prompt" not in given and chosen["data"] != LanguageConfig.data
        return {"prompt": "\n"} if other else {}

    def prepare(self) -> None:
        """Load the text and tokenize it, by an earlier run's tokenizer if one was reopened."""
        self.corpus = load_corpus(self.config, getattr(self, "tokenizer", None))
        self.tokenizer = self.corpus.tokenizer
        self.shape = {"vocab_size": self.tokenizer.vocab_size}

    def keep(self, folder: Path) -> None:
        """Write the tokenizer."""
        keep_tokenizer(self.tokenizer, folder)

    def reopen(self, folder: Path, shape: dict[str, Any]) -> None:
        """Read the tokenizer, and see that it is the one that the weights were trained with."""
        self.shape = shape
        self.tokenizer = reopen_tokenizer(folder, shape.get("vocab_size"))

    def fingerprint(self) -> str:
        """A hash of all tokens."""
        return self.corpus.fingerprint

    def facts(self) -> dict[str, str]:
        """The text, its split, the tokens."""
        c, corpus = self.config, self.corpus
        tokens = f"{len(corpus.train):,} to train, {len(corpus.validation):,} to validate"
        if corpus.test is not None:
            tokens += f", {len(corpus.test):,} to test"
        return {
            "data": corpus.text.name,
            "split": corpus.text.split,
            "tokens": tokens,
            "tokenizer": f"{self.tokenizer.kind}, {self.tokenizer.vocab_size:,} tokens",
            "model": f"{self.name} of {c.layers} layers, {c.heads} heads, width {c.width}, "
            f"context {c.context}",
            "measured_on": f"{corpus.judge}, all of its {len(corpus.judged) - 1:,} predictable "
            "tokens",
        }

    def baselines(self) -> dict[str, Figures]:
        """Each token by its frequency, behind the one before, and behind the two before."""
        names = ("trigram", "bigram", "unigram")
        return {name: self._figures(getattr(self.corpus, name)) for name in names}

    def loader(self) -> DataLoader:
        """Windows at random places of the training part."""
        windows = SlidingWindows(self.corpus.train, self.config.context)
        return self.batches(windows, replacement=True)

    def loss(self, model: Any, tokens: Tokens, targets: Tokens) -> Tensor:
        r"""Mean cross-entropy of the next token, in nats.

        $$L = -\frac{1}{BT} \sum_{b,t} \log p(x_{b,t+1} \mid x_{b,1}, \dots, x_{b,t})$$

        Args:
            model: gives logits, (batch, time, vocabulary).
            tokens: (batch, time).
            targets: (batch, time), the tokens one place later; -100 where there is none.
        """
        here = current_device()
        logits = model(tensor(tokens, device=here))  # (batch, time, vocabulary)
        rows = logits.reshape(-1, logits.shape[-1])  # (batch * time, vocabulary)
        flat = tensor(targets.reshape(-1), device=here)  # (batch * time,)
        loss: Tensor = cross_entropy(rows, flat, ignore_index=IGNORED)
        return loss

    def weigh(self, tokens: Tokens, targets: Tokens) -> float:
        """A mean over targets counts as many as there are."""
        return float((targets != IGNORED).sum())

    def count(self, tokens: Tokens, targets: Tokens) -> int:
        """Tokens of a batch."""
        return tokens.size

    def validate(self, model: Any) -> Figures:
        """Mean loss on random windows of validation: the same ones every time."""
        c = self.config
        windows = SlidingWindows(self.corpus.validation, c.context)
        loader = DataLoader(
            windows, c.batch_size, shuffle=True, replacement=True, seed=c.seed, prefetch=0
        )
        with closing(loader.forever()) as drawn:
            return {"validation_loss": self._mean(model, islice(drawn, c.eval_batches))}

    def sample(self, model: Any, step: int) -> str:
        """What the model writes behind the prompt: with the same draws every time, to compare."""
        c = self.config
        if step % c.sample_every and step != c.steps:
            return ""
        prompt = self.tokenizer.encode(c.prompt).astype(np.int64)
        tokens = model.generate(
            tensor(prompt[None], device=current_device()),  # (1, time)
            c.sample_tokens,
            temperature=0.8,
            top_k=50,
            generator=Generator(c.seed),
        )
        return self.tokenizer.decode(tokens.numpy()[0])

    def measure(self, model: Any, said: None) -> Figures:
        """Mean loss on all tokens but the first of test (or validation), each predicted once.

        They are cut into windows side by side: a token sees between 1 and `context` before it.
        """
        windows = TiledWindows(self.corpus.judged, self.config.context)
        return self._figures(self._mean(model, DataLoader(windows, self.config.batch_size)))

    def _figures(self, loss: float) -> Figures:
        corpus = self.corpus
        bits = loss / math.log(2) * (len(corpus.judged) - 1) / corpus.judged_bytes
        return {"loss": loss, "perplexity": perplexity(loss), "bits_per_byte": bits}

    def _mean(self, model: Any, batches: Iterable[tuple[Tokens, Tokens]]) -> float:
        """Mean over all targets."""

        def summed(tokens: Tokens, targets: Tokens) -> tuple[float, float]:
            known = self.weigh(tokens, targets)
            return self.loss(model, tokens, targets).item() * known, known

        results = over_batches(summed, batches, model=model, threads=self.config.threads)
        total = count = 0.0
        for loss, known in results:
            total, count = total + loss, count + known
        return total / count
