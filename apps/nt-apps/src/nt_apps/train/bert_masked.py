"""Masked-LM pre-training: a BERT finds the words that are hidden in windows of text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from nt_autograd import Tensor, cross_entropy, softmax, tensor, zeros
from nt_data import DataLoader, Draws
from nt_data.metrics import perplexity, unigram_cross_entropy
from nt_data.transforms import MaskTokens, pack
from nt_models import BERTForMaskedLM
from nt_nn import Embedding, Module, SinusoidalPositionalEncoding
from nt_tensor import Generator, current_device
from numpy.typing import NDArray

from nt_apps.errors import UserError
from nt_apps.train.bert import TrainBERT
from nt_apps.train.bert_plots import draw_distances
from nt_apps.train.bert_text import Documents, fingerprint, read_documents, tokenize
from nt_apps.train.over_batches import over_batches
from nt_apps.train.task import Figures

__all__ = ["MaskedBERT", "ShortFirst", "Windows", "begin_with_sinusoids"]

IGNORED = -100  # the label of a token that is not to be found

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Windows:
    """Windows of tokens: a data set in which each stands twice, to be cut and to be read whole."""

    tokens: NDArray[np.unsignedinteger[Any]]  # (windows, context)
    length: int  # of the pieces

    def __len__(self) -> int:
        return 2 * len(self.tokens)

    def __getitem__(self, index: int) -> tuple[Ids, Ids]:
        tokens, lengths = self.get_batch(np.array([index]))
        return tokens[0], lengths[0]

    def get_batch(self, indices: Ids) -> tuple[Ids, Ids]:
        """Tokens (batch, context), and (batch,) in which lengths they are to be read."""
        count, context = self.tokens.shape
        lengths = np.where(indices < count, self.length, context)
        return self.tokens[indices % count].astype(np.int64), lengths


@dataclass(frozen=True)
class ShortFirst:
    """A sampler: all windows, pass after pass; cut at first, the last `whole` samples whole.

    Attention costs the square of what is read at once, and most of what there is to learn of a
    word stands close to it.

    Source: Devlin et al., BERT (2018), A.2: 90 % of the steps with 128 tokens, the rest with 512.
    """

    windows: int
    samples: int
    whole: int
    repeats = True

    def __len__(self) -> int:
        return self.samples

    def indices(self, *, seed: int, epoch: int, batch_size: int) -> Ids:
        """The samples of all the run's steps, (samples,)."""
        draw = Generator(int(np.random.SeedSequence((seed, epoch)).generate_state(1)[0]))
        passes = -(-self.samples // self.windows)
        every = [draw.permutation(self.windows, device="cpu") for _ in range(passes)]
        order = np.concatenate(every)[: self.samples]
        order[self.samples - self.whole :] += self.windows
        return np.asarray(order, np.int64)

    def identity(self) -> dict[str, Any]:
        """What the order follows from."""
        return {"kind": "ShortFirst", "windows": self.windows, "samples": self.samples,
                "whole": self.whole}  # fmt: skip


def begin_with_sinusoids(positions: Embedding) -> None:
    r"""Give position embeddings the values $0.1 \sqrt 2\, PE$, from which they are learned on.

    "The word before" is then one rotation of the query for all positions, which a head can learn
    sooner than a rule for each of them; until it has, a hidden word is guessed from the bag of all
    words around it. A root mean square of 0.1 is five times that of the words' first embeddings.

    Args:
        positions: weight (context, width).

    Example:
        >>> table = Embedding(4, 6)
        >>> begin_with_sinusoids(table)
        >>> table.weight.detach().numpy()[0].round(3)
        array([0.   , 0.141, 0.   , 0.141, 0.   , 0.141], dtype=float32)

    Source: Vaswani et al., Attention is all you need (2017), section 3.5.
    """
    context, width = positions.weight.shape
    encoding = SinusoidalPositionalEncoding(width)(zeros(context, width))
    positions.weight.data = (encoding * (0.1 * math.sqrt(2))).data


class MaskedBERT(TrainBERT):
    """Everything of masked-LM pre-training but what all of bert's tasks share."""

    documents: Documents
    train: NDArray[np.unsignedinteger[Any]]  # (windows, context)
    validation: NDArray[np.unsignedinteger[Any]]  # (windows, context)

    # Data

    def prepare(self) -> None:
        """Read the texts, learn the pieces of words, cut everything into windows."""
        c = self.config
        self.documents = read_documents(c.data, c.data_dir)
        self._choose_tokenizer(self.documents.train)
        self.shape = {"vocab_size": self.tokenizer.vocab_size}
        self.train = self._windows(self.documents.train, "training")
        self.validation = self._windows(self.documents.validation, "validation")

    def _windows(self, texts: Iterable[str], part: str) -> NDArray[np.unsignedinteger[Any]]:
        """(windows, context): [CLS], then texts one behind the other, each ended by [SEP]."""
        c, separator = self.config, np.array([self._special("[SEP]")], self.tokenizer.dtype)
        rows = [np.concatenate([tokenize(self.tokenizer, text), separator]) for text in texts]
        packed = pack(rows, c.context - 1, pad_id=self._special("[PAD]")).tokens[:-1]
        if not len(packed):
            raise UserError(
                f"context ({c.context}) must be below the number of tokens in the {part} part of "
                f"{c.data} ({sum(map(len, rows))})"
            )
        begin = np.full((len(packed), 1), self._special("[CLS]"))
        return np.concatenate([begin, packed], 1).astype(self.tokenizer.dtype)

    def fingerprint(self) -> str:
        """A hash of all windows."""
        return fingerprint([[self.train], [self.validation]])

    def facts(self) -> dict[str, str]:
        """The texts, their split, the tokens."""
        c = self.config
        return {
            "data": c.data,
            "split": self.documents.split,
            "tokens": f"{self.train.size:,} to train, {self.validation.size:,} to validate",
            "tokenizer": f"WordPiece, {self.tokenizer.vocab_size:,} tokens, "
            + (f"of {c.init}" if c.init else "learned from the training part"),
            "model": f"bert of {c.layers} layers, {c.heads} heads, width {c.width}, "
            f"context {c.context}",
            "measured_on": f"validation, the {self._found.size:,} hidden tokens of all its windows",
        }

    def baselines(self) -> dict[str, Figures]:
        """Each hidden token by its frequency in the training part."""
        return {"unigram": self._unigram}

    @cached_property
    def _unigram(self) -> Figures:
        known = self.train[~np.isin(self.train, self._specials)]
        loss = unigram_cross_entropy(known, self._found, self.tokenizer.vocab_size)
        likeliest = np.bincount(known).argmax()
        return {"loss": loss, "perplexity": perplexity(loss),
                "accuracy": float((self._found == likeliest).mean())}  # fmt: skip

    # The walk

    def model(self) -> Module:
        """A BERT of the config's sizes with the head that names words."""
        model = BERTForMaskedLM(self._sizes(), generator=Generator(self.config.seed))
        if self.config.positions == "sinusoids":
            begin_with_sinusoids(model.bert.position_embedding)
        return self._begin_with_init(model)

    def loader(self) -> DataLoader:
        """Windows with hidden tokens, hidden anew in each pass."""
        c = self.config
        samples = c.steps * c.accumulate * c.batch_size
        whole = round(c.steps * c.whole_windows) * c.accumulate * c.batch_size
        order = ShortFirst(len(self.train), samples, whole)
        return self.batches(Windows(self.train, c.length), sampler=order, transform=self._hide)

    def _hide(self, batch: tuple[Ids, Ids], draws: Draws) -> tuple[Ids, Ids, Ids]:
        """Inputs and labels (rows, length), and (rows,) the position of each row's first token."""
        tokens, lengths = batch
        words = self._begins_word[tokens].cumsum(1) if self.config.whole_words else None
        inputs, labels = self._masking(tokens, draws, words)
        length = int(lengths[0])  # the samples of a batch are read alike
        first = np.arange(0, tokens.shape[1], length)
        shape = (-1, length)
        return inputs.reshape(shape), labels.reshape(shape), np.tile(first, len(tokens))

    @cached_property
    def _specials(self) -> tuple[int, ...]:
        return tuple(self.tokenizer.special_tokens.values())

    @cached_property
    def _masking(self) -> MaskTokens:
        return MaskTokens(
            mask_id=self._special("[MASK]"), vocab_size=self.tokenizer.vocab_size,
            special_ids=self._specials, probability=self.config.mask,
        )  # fmt: skip

    @cached_property
    def _begins_word(self) -> NDArray[np.bool_]:
        """(vocabulary,) whether a token begins a word."""
        return np.array([not name.startswith("##") for name in self.tokenizer.token_strings()])

    def loss(self, model: Any, tokens: Ids, labels: Ids, first: Ids) -> Tensor:
        r"""Mean cross-entropy of the hidden tokens, in nats.

        $$L = -\frac{1}{|M|} \sum_{i \in M} \log p(x_i \mid \tilde x)$$

        Only the hidden places $M$ go through the head: its product with the vocabulary would
        otherwise be a third of the work.

        Args:
            model: a BERT with a head for words.
            tokens: (batch, time), some hidden.
            labels: (batch, time), the tokens where they are to be found, -100 elsewhere.
            first: (batch,), the position of the first token.
        """
        logits, found = self._at_hidden(model, tokens, labels, first)
        loss: Tensor = cross_entropy(logits, tensor(found, device=current_device()))
        return loss

    def _at_hidden(self, model: Any, tokens: Ids, labels: Ids, first: Ids) -> tuple[Tensor, Ids]:
        """Logits (hidden, vocabulary), and the tokens (hidden,) that are right."""
        here = current_device()
        places = first[:, None] + np.arange(tokens.shape[1])
        hidden = model.bert(
            tensor(tokens, device=here), position_ids=tensor(places, device=here)
        )  # (batch, time, width)
        at = np.flatnonzero(labels != IGNORED)
        chosen = hidden.reshape(-1, hidden.shape[-1])[tensor(at, device=here)]  # (hidden, width)
        return model.head(chosen, model.bert.token_embedding.weight), labels.reshape(-1)[at]

    def weigh(self, tokens: Ids, labels: Ids, first: Ids) -> float:
        """A mean over hidden tokens counts as many as there are."""
        return float((labels != IGNORED).sum())

    def count(self, tokens: Ids, labels: Ids, first: Ids) -> int:
        """Tokens of a batch."""
        return tokens.size

    # Looks

    def _batches(self, windows: Ids) -> Iterator[tuple[Ids, Ids, Ids]]:
        """Validation windows by number, always hidden alike, read as the run reads at its end."""
        c = self.config
        length = c.context if c.whole_windows else c.length
        for i in range(0, len(windows), c.batch_size):
            some = windows[i : i + c.batch_size]
            tokens = self.validation[some].astype(np.int64)
            lengths = np.full(len(some), length)
            yield self._hide((tokens, lengths), Draws.of(c.seed, 0, some))

    @cached_property
    def _found(self) -> Ids:
        """The tokens that are hidden in all of validation."""
        every = [labels for _, labels, _ in self._batches(np.arange(len(self.validation)))]
        labels = np.concatenate([each.ravel() for each in every])
        found: Ids = labels[labels != IGNORED]
        return found

    def validate(self, model: Any) -> Figures:
        """Loss and accuracy on random windows of validation: the same ones every time."""
        c = self.config
        drawn = Generator(c.seed).permutation(len(self.validation), device="cpu")
        figures = self._judge(model, np.asarray(drawn[: c.eval_batches * c.batch_size]))
        return {f"validation_{name}": figures[name] for name in ("loss", "accuracy")}

    def measure(self, model: Any, said: None) -> Figures:
        """Loss, perplexity and accuracy on the hidden tokens of all of validation."""
        return self._judge(model, np.arange(len(self.validation)))

    def _judge(self, model: Any, windows: Ids) -> Figures:
        def summed(tokens: Ids, labels: Ids, first: Ids) -> tuple[float, int, int]:
            logits, found = self._at_hidden(model, tokens, labels, first)
            loss = cross_entropy(logits, tensor(found, device=current_device()), reduction="sum")
            return loss.item(), int((logits.numpy().argmax(1) == found).sum()), len(found)

        batches = (each for each in self._batches(windows) if (each[1] != IGNORED).any())
        results = list(over_batches(summed, batches, model=model, threads=self.config.threads))
        loss, right, count = (sum(column) for column in zip(*results, strict=True))
        mean = loss / count
        return {"loss": mean, "perplexity": perplexity(mean), "accuracy": right / count}

    def draw(self, model: Any, said: None, folder: Path) -> Sequence[Path]:
        """How far each head looks, on the first windows of validation, cut to `length`."""
        drawn = folder / "heads.png"
        tokens = self.validation[: self.config.batch_size, : self.config.length]
        draw_distances(drawn, model, tokens.astype(np.int64))
        return [drawn]

    def sample(self, model: Any, step: int) -> str:
        """The prompt with what the model would put into each of its gaps."""
        gaps = self.fill(model, self.config.prompt, top_k=3)
        told = (", ".join(f"{name} {share:.1%}" for name, share in gap) for gap in gaps)
        return f"{self.config.prompt}\n" + "\n".join(f"[MASK]: {each}" for each in told)

    def fill(self, model: Any, text: str, top_k: int) -> list[list[tuple[str, float]]]:
        """Give the likeliest tokens for each [MASK] of a text, with their probabilities.

        Raises:
            UserError: the text has no [MASK], or is too long.
        """
        tokens = self.tokenizer.encode(text).astype(np.int64)
        at = np.flatnonzero(tokens == self._special("[MASK]"))
        if not len(at):
            raise UserError(f"the text has no [MASK] to fill in: {text!r}")
        if len(tokens) > self.config.context:
            raise UserError(
                f"the text has {len(tokens)} tokens, the model reads at most {self.config.context}"
            )
        labels = np.full((1, len(tokens)), IGNORED)
        labels[0, at] = 0
        with_first = (tokens[None], labels, np.zeros(1, np.int64))
        (said,) = over_batches(
            lambda *batch: softmax(self._at_hidden(model, *batch)[0]).numpy(),
            [with_first],
            model=model,
        )  # (gaps, vocabulary)
        names = self.tokenizer.token_strings()
        likeliest = np.argsort(-said, axis=1, kind="stable")[:, :top_k]
        return [
            [(names[i], float(row[i])) for i in best]
            for row, best in zip(said, likeliest, strict=True)
        ]
