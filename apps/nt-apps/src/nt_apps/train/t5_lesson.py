"""What `nt train t5` learns by default: from pairs of sentences to batches, BLEU and baselines."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from nt_data import BucketSampler, DataError, DataLoader, TokenizerError, pad_sequence
from nt_data.metrics import WordForWord, tokenize_13a, unigram_cross_entropy
from nt_data.sources import TextPairs
from nt_data.tokenizers import BPETokenizer, Tokenizer, UnigramTokenizer
from nt_models import T5
from numpy.typing import NDArray

from nt_apps.errors import UserError, telling
from nt_apps.train.t5_pairs import PARTS, Judged, read_parts
from nt_apps.train.t5_translate import IGNORED, PAD, encoded, translate
from nt_apps.train.task import Figures

if TYPE_CHECKING:
    from nt_apps.train.t5 import T5Settings

__all__ = ["Answers", "Translation", "learn_tokenizer"]

Tokens = NDArray[np.int64]  # (batch, time)
Row = tuple[Tokens, Tokens]  # (source,), (target,)


@dataclass(frozen=True)
class Answers:
    """The test sentences as a model translates them: by the likeliest tokens, and by beams."""

    greedy: list[str]
    by_beams: list[str]


class Translation:
    """What `nt train t5` learns by default: to translate.

    Args:
        config: `data`, `data_dir`, `languages`, `tokenizer`, `vocab_size` and `context` are read.
        tokenizer: the one of an earlier run; by default one learns from the training pairs.

    Raises:
        UserError: the pairs cannot be had, are none, or are longer than the context.
    """

    def __init__(self, config: T5Settings, tokenizer: Tokenizer | None = None) -> None:
        self.config = config
        with telling(DataError, OSError):
            self.parts = read_parts(config.data, config.languages, config.data_dir)
        train = self.parts["train"]
        texts = [*train.sources, *train.targets]
        self.tokenizer = tokenizer or learn_tokenizer(texts, config.tokenizer, config.vocab_size)
        self.rows = {part: self._rows(pairs) for part, pairs in self.parts.items()}
        for part, rows in self.rows.items():
            if not rows:
                raise UserError(
                    f"{config.data}: no pair to {part} has at most context ({config.context}) "
                    "tokens a sentence"
                )
        self.judged = {part: Judged.of(self.parts[part]) for part in PARTS[1:]}
        self.translations: list[str] = []  # of the test sentences, once they were measured

    def _rows(self, pairs: TextPairs) -> list[Row]:
        """The pairs as tokens, without those that the context has no room for."""
        with telling(TokenizerError):
            ours, theirs = (encoded(self.tokenizer, t) for t in (pairs.sources, pairs.targets))
        most = self.config.context
        both = zip(ours, theirs, strict=True)
        return [(one, other) for one, other in both if max(len(one), len(other)) <= most]

    def fingerprint(self) -> str:
        """A hash of all sentences and of all tokens."""
        digest = hashlib.sha256()
        for part, rows in self.rows.items():
            pairs = self.parts[part]
            digest.update(repr((part, pairs.sources, pairs.targets, len(rows))).encode())
            for row in rows:
                for tokens in row:
                    digest.update(tokens.tobytes() + b";")
        return digest.hexdigest()

    def facts(self) -> dict[str, str]:
        """The pairs, their split, what is judged."""
        train, validation, test = (len(self.rows[part]) for part in PARTS)
        left_out = sum(len(self.parts[part]) - len(self.rows[part]) for part in PARTS)
        told = f", {left_out:,} longer than the context left out" if left_out else ""
        judged = self.judged["test"]
        references = sum(map(len, judged.references))
        return {
            "data": self.parts["train"].name,
            "split": self.parts["train"].note,
            "pairs": f"{train:,} to train, {validation:,} to validate, {test:,} to test{told}",
            "measured_on": f"all {len(judged.sources):,} test sentences, {references:,} references",
        }

    def loader(self, batches: Callable[..., DataLoader]) -> DataLoader:
        """Batches of pairs of like lengths.

        Args:
            batches: the task's own, which knows how many there are and whose share this is.
        """
        rows = self.rows["train"]
        drop_last = len(rows) >= self.config.batch_size
        return batches(rows, sampler=_alike(rows), drop_last=drop_last, collate=_padded)

    def validation(self) -> DataLoader:
        """All pairs to validate, by length."""
        return self._by_length("validation")

    def test(self) -> DataLoader:
        """All pairs to test, by length."""
        return self._by_length("test")

    def _by_length(self, part: str) -> DataLoader:
        rows, size = self.rows[part], self.config.batch_size
        sampler = _alike(rows, shuffle=False)
        return DataLoader(rows, size, sampler=sampler, prefetch=0, collate=_padded)

    def look(self, model: T5) -> Figures:
        """BLEU of greedy translations of a fixed sample of the validation sentences."""
        some = self.judged["validation"].some(self.config.eval_sentences)
        return {"validation_bleu": some.score(self._translated(model, some.sources, 1))}

    def sample(self, model: T5) -> str:
        """A few validation sentences, their translations, and one that is right."""
        some = self.judged["validation"].some(self.config.sample_sentences)
        ours = self._translated(model, some.sources, 1)
        triples = zip(some.sources, ours, some.references, strict=True)
        return "\n\n".join(f"{a}\n  -> {b}\n  ref {c[0]}" for a, b, c in triples)

    def answer(self, model: T5) -> Answers:
        """Translate all test sentences."""
        sources, beams = self.judged["test"].sources, self.config.beams
        greedy = self._translated(model, sources, 1)
        return Answers(greedy, self._translated(model, sources, beams) if beams > 1 else greedy)

    def judge(self, said: Answers) -> Figures:
        """BLEU on all test sentences, by beams and greedy."""
        score = self.judged["test"].score
        return {"bleu": score(said.by_beams), "greedy_bleu": score(said.greedy)}

    def _translated(self, model: T5, texts: Sequence[str], beams: int) -> list[str]:
        c = self.config
        return [
            found[0]
            for found in translate(
                model, self.tokenizer, texts, beams=beams, length_penalty=c.length_penalty,
                context=c.context, threads=c.threads,
            )
        ]  # fmt: skip

    @cached_property
    def baselines(self) -> dict[str, Figures]:
        """Each word by the one that it most likely stands for; the source itself; frequencies."""
        train, judged = self.parts["train"], self.judged["test"]
        ours, theirs = ([tokenize_13a(t) for t in s] for s in (train.sources, train.targets))
        words = WordForWord(ours, theirs)
        by_word = [" ".join(words.translate(tokenize_13a(text))) for text in judged.sources]
        before, after = (
            np.concatenate([theirs for _, theirs in self.rows[part]]) for part in ("train", "test")
        )
        loss = unigram_cross_entropy(before, after, self.tokenizer.vocab_size)
        return {
            "word for word (IBM model 1)": {"bleu": judged.score(by_word)},
            "copy": {"bleu": judged.score(judged.sources)},
            "unigram": {"loss": loss},
        }


def learn_tokenizer(
    texts: Sequence[str], kind: str, vocab_size: int, more: Sequence[str] = ()
) -> Tokenizer:
    """Learn one tokenizer for both languages; 0 is padding and the start, 1 ends a text.

    Args:
        texts: what it learns from.
        kind: "bpe" or "unigram".
        vocab_size: how many tokens to have.
        more: further special tokens.

    Raises:
        UserError: there is no room for the characters, or a text is none.
    """
    special = ("<pad>", "</s>", *more)
    with telling(TokenizerError):
        if kind == "bpe":
            return BPETokenizer.train(texts, vocab_size, special_tokens=special)
        return UnigramTokenizer.train(texts, vocab_size, special_tokens=(*special, "<unk>"))


def _alike(rows: Sequence[Row], *, shuffle: bool = True) -> BucketSampler:
    return BucketSampler([len(ours) + len(theirs) for ours, theirs in rows], shuffle=shuffle)


def _padded(rows: Sequence[Any]) -> Row:
    """Sources (batch, time), padded; targets (batch, time), with -100 where there is none."""
    ours, theirs = zip(*rows, strict=True)
    return (
        pad_sequence(ours, padding_value=PAD)[0],
        pad_sequence(theirs, padding_value=IGNORED)[0],
    )
