"""Fine-tuning: a BERT tells texts of several classes apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from nt_autograd import Tensor, cross_entropy, softmax, tensor
from nt_data import BucketSampler, DataLoader
from nt_data.metrics import accuracy, confusion_matrix, f1, matthews_corrcoef
from nt_models import BERTConfig, BERTForSequenceClassification
from nt_nn import Module
from nt_tensor import Generator, current_device
from numpy.typing import NDArray

from nt_apps.errors import UserError
from nt_apps.train.bert import TrainBERT
from nt_apps.train.bert_augment import TextAugment
from nt_apps.train.bert_plots import draw_attention
from nt_apps.train.bert_rows import Ids, Row, Rows, between_ends, head_and_tail
from nt_apps.train.bert_text import Classes, fingerprint, read_classes, tokenize
from nt_apps.train.image_plots import draw_accuracy, draw_confusion
from nt_apps.train.log import read_metrics
from nt_apps.train.over_batches import over_batches
from nt_apps.train.task import Figures
from nt_apps.train.text_baselines import logistic_regression, majority

__all__ = ["ClassifyingBERT", "TextClassifier"]


class TextClassifier(BERTForSequenceClassification):
    """BERT's classifier, on the mean of a text's hidden states where that is asked for.

    What was learned by finding words is in the hidden states of all tokens; that of [CLS] has
    learned nothing but to be one of them.
    """

    def __init__(
        self, config: BERTConfig, *, pooling: str = "mean", generator: Generator | None = None
    ) -> None:
        super().__init__(config, generator=generator)
        self.pooling = pooling

    def forward(self, tokens: Tensor, attention_mask: Tensor | None = None) -> Tensor:  # type: ignore[override]
        """Logits (batch, classes) of tokens (batch, time); the mask is 1 at real tokens."""
        x = self.bert(tokens, attention_mask)  # (batch, time, width)
        if self.pooling == "mean":
            if attention_mask is None:
                x = x.mean(1, keepdim=True)
            else:
                real = attention_mask.unsqueeze(2)  # (batch, time, 1)
                x = (x * real).sum(1, keepdim=True) / real.sum(1, keepdim=True)
        return self.classifier(self.dropout(self.bert.pooled(x)))


class ClassifyingBERT(TrainBERT):
    """Everything of fine-tuning but what all of bert's tasks share."""

    watched = "validation_accuracy"
    larger_is_better = True
    texts: Classes
    train: Rows
    validation: Rows
    test: Rows

    # Data

    def prepare(self) -> None:
        """Read the texts and turn them into tokens; the ends of long ones matter most."""
        c = self.config
        self.texts = read_classes(c.data, c.data_dir, c.seed)
        self._choose_tokenizer(self.texts.train.texts)
        self.shape = {
            "vocab_size": self.tokenizer.vocab_size,
            "classes": list(self.texts.train.classes),
        }
        self.train, self.validation, self.test = (
            Rows([row(text) for text in part.texts], part.labels, self._special("[PAD]"))
            for row, part in (
                (self._whole if c.random_windows else self.row, self.texts.train),
                (self.row, self.texts.validation),
                (self.row, self.texts.test),
            )
        )

    def row(self, text: str) -> Row:
        """A text as [CLS], at most `length` - 2 tokens, [SEP]."""
        ids = tokenize(self.tokenizer, text)
        return between_ends(head_and_tail(ids, self.config.length - 2), self.tokenizer)

    def _whole(self, text: str) -> Row:
        return between_ends(tokenize(self.tokenizer, text), self.tokenizer)

    def fingerprint(self) -> str:
        """A hash of all tokens and labels."""
        parts = (self.train, self.validation, self.test)
        return fingerprint([[*part.rows, part.labels] for part in parts])

    def facts(self) -> dict[str, str]:
        """The texts, their split, their classes."""
        c, train = self.config, self.train.lengths
        long = float((train >= c.length).mean())
        read = "the first quarter and the end"
        if c.random_windows:
            read += ", to learn from another stretch each time"
        return {
            "data": c.data,
            "split": self.texts.split,
            "texts": f"{len(self.train):,} to train, {len(self.validation):,} to validate, "
            f"{len(self.test):,} to test; {train.mean():.0f} tokens of each on average, of the "
            f"{long:.0%} that are longer than {c.length} {read}",
            "classes": ", ".join(self.shape["classes"]),
            "begins with": f"the encoder of {c.init}" if c.init else "random weights",
            "model": f"bert of {c.layers} layers, {c.heads} heads, width {c.width}, "
            f"context {c.context}",
            "measured_on": f"all {len(self.test):,} test texts",
        }

    def baselines(self) -> dict[str, Figures]:
        """The largest class, and logistic regression on the words of the texts."""
        return self._baselines

    @cached_property
    def _baselines(self) -> dict[str, Figures]:
        train, test = self.texts.train, self.texts.test
        return {
            "majority": {"accuracy": majority(train, test)},
            "TF-IDF regression": {"accuracy": logistic_regression(train, test)},
        }

    # The walk

    def model(self) -> Module:
        """A BERT of the config's sizes with a layer that names classes."""
        c = self.config
        sizes = self._sizes(labels=len(self.shape["classes"]), classifier_dropout=c.dropout)
        model = TextClassifier(sizes, pooling=c.pooling, generator=Generator(c.seed))
        return self._begin_with_init(model)

    def loader(self) -> DataLoader:
        """Training texts, those of like lengths together, in an order of its own each epoch."""
        order = BucketSampler(self.train.lengths)
        change = TextAugment(self.tokenizer, self.config)
        return self.batches(self.train, sampler=order, drop_last=True, transform=change)

    def loss(self, model: Any, tokens: Ids, real: NDArray[np.bool_], labels: Ids) -> Tensor:
        """Mean cross-entropy of the class, in nats, with smoothed labels.

        Args:
            model: gives logits (batch, classes).
            tokens: (batch, time).
            real: (batch, time), False at padding.
            labels: (batch,) classes.
        """
        loss: Tensor = cross_entropy(
            self._logits(model, tokens, real),
            tensor(labels, device=current_device()),
            label_smoothing=self.config.label_smoothing,
        )
        return loss

    def _logits(self, model: Any, tokens: Ids, real: NDArray[np.bool_]) -> Tensor:
        here = current_device()
        longest = int(real.sum(1).max())  # a share of a batch may be shorter than the whole
        tokens, real = tokens[:, :longest], real[:, :longest]
        mask = None if real.all() else tensor(real.astype(np.float32), device=here)
        logits: Tensor = model(tensor(tokens, device=here), mask)  # (batch, classes)
        return logits

    def count(self, tokens: Ids, real: NDArray[np.bool_], labels: Ids) -> int:
        """Tokens of a batch, padding not counted."""
        return int(real.sum())

    # Looks

    def probabilities(self, model: Any, rows: Sequence[Row]) -> NDArray[np.float32]:
        """What a model says of texts as tokens: (texts, classes)."""
        data = Rows(rows, np.zeros(len(rows), np.int64), self._special("[PAD]"))
        order = np.argsort(data.lengths, kind="stable")  # like lengths need little padding

        def batches() -> Iterator[tuple[Any, ...]]:
            for i in range(0, len(order), self.config.batch_size):
                yield data.get_batch(order[i : i + self.config.batch_size])[:2]

        def answered(tokens: Ids, real: NDArray[np.bool_]) -> NDArray[np.float32]:
            answer: NDArray[np.float32] = softmax(self._logits(model, tokens, real)).numpy()
            return answer

        parts = over_batches(answered, batches(), model=model, threads=self.config.threads)
        said = np.concatenate(list(parts))
        return said[np.argsort(order)]

    def validate(self, model: Any) -> Figures:
        """Accuracy and cross-entropy on all of validation."""
        said = self.probabilities(model, self.validation.rows)
        return {
            "validation_accuracy": accuracy(said.argmax(1), self.validation.labels),
            "validation_loss": _loss(said, self.validation.labels),
        }

    def answer(self, model: Any) -> NDArray[np.float32]:
        """The probability of each class for each test text."""
        return self.probabilities(model, self.test.rows)

    def measure(self, model: Any, said: NDArray[np.float32]) -> Figures:
        """Accuracy, F1 (mean over classes), Matthews' coefficient and cross-entropy on test."""
        answers, labels = said.argmax(1), self.test.labels
        return {
            "accuracy": accuracy(answers, labels),
            "f1": f1(answers, labels, average="macro"),
            "matthews": matthews_corrcoef(answers, labels),
            "loss": _loss(said, labels),
        }

    def classify(self, model: Any, texts: Sequence[str]) -> NDArray[np.float32]:
        """What a model says of texts: (texts, classes).

        Raises:
            UserError: a text has nothing to read in it.
        """
        for text in texts:
            if not text.strip():
                raise UserError("a text must have at least one character that is no space")
        return self.probabilities(model, [self.row(text) for text in texts])

    def draw(self, model: Any, said: NDArray[np.float32], folder: Path) -> Sequence[Path]:
        """Accuracy over the steps; what was taken for what on test; where attention looks."""
        names = self.shape["classes"]
        table = confusion_matrix(said.argmax(1), self.test.labels, classes=range(len(names)))
        drawn = [folder / name for name in ("accuracy.png", "confusion.png", "attention.png")]
        levels = {name: row["accuracy"] for name, row in self.baselines().items()}
        draw_accuracy(drawn[0], read_metrics(folder / "metrics.jsonl"), levels)
        draw_confusion(drawn[1], table, names)
        # The first test text that is long enough to be interesting and short enough to be read.
        place = int(np.abs(self.test.lengths - 16).argmin())
        draw_attention(drawn[2], model, self.test.rows[place], self.tokenizer)
        return drawn


def _loss(said: NDArray[np.float32], labels: Ids) -> float:
    right = said[np.arange(len(said)), labels]
    return float(-np.log(np.maximum(right, 1e-30)).mean())
