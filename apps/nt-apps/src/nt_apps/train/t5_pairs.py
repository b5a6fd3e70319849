"""Sentences and their translations, from a name to batches, references and what must be beaten."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from nt_data import BucketSampler, DataError, DataLoader, TokenizerError, pad_sequence
from nt_data.metrics import WordForWord, bleu, tokenize_13a, unigram_cross_entropy
from nt_data.readers import read_text
from nt_data.sources import TextPairs, load_text_pairs, source, source_names
from nt_data.tokenizers import BPETokenizer, Tokenizer, UnigramTokenizer
from nt_models import T5
from numpy.typing import NDArray

from nt_apps.errors import UserError, telling
from nt_apps.train.t5_translate import IGNORED, PAD, encoded, translate
from nt_apps.train.task import Figures

if TYPE_CHECKING:
    from nt_apps.train.t5 import T5Settings

__all__ = ["Translation", "learn_tokenizer", "read_parts"]

PARTS = ("train", "validation", "test")
KEPT_AWAY = 5  # per cent of a file's sentences to validate, and as many to test

Tokens = NDArray[np.int64]  # (batch, time)
Row = tuple[Tokens, Tokens]  # (source,), (target,)


@dataclass(frozen=True)
class Judged:
    """Sentences to translate, each once, with all the translations that count as right."""

    sources: list[str]
    references: list[list[str]] = field(repr=False)

    @classmethod
    def of(cls, pairs: TextPairs) -> Judged:
        """Bring together what stands beside one sentence."""
        found: dict[str, list[str]] = {}
        for ours, theirs in zip(pairs.sources, pairs.targets, strict=True):
            found.setdefault(ours, []).append(theirs)
        return cls(list(found), list(found.values()))

    def some(self, count: int) -> Judged:
        """So many of them, evenly spread: the same ones every time."""
        places = np.linspace(0, len(self.sources) - 1, min(count, len(self.sources))).round()
        chosen = [int(i) for i in places]
        return Judged([self.sources[i] for i in chosen], [self.references[i] for i in chosen])

    def score(self, translations: Sequence[str]) -> float:
        """BLEU, sacrebleu's definition, against all references."""
        return bleu(translations, self.references).score


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

    def loader(self) -> DataLoader:
        """Batches of pairs of like lengths."""
        return self._batches("train", shuffle=True)

    def validation(self) -> DataLoader:
        """All pairs to validate, by length."""
        return self._batches("validation")

    def test(self) -> DataLoader:
        """All pairs to test, by length."""
        return self._batches("test")

    def _batches(self, part: str, *, shuffle: bool = False) -> DataLoader:
        rows, c = self.rows[part], self.config
        lengths = [len(ours) + len(theirs) for ours, theirs in rows]
        return DataLoader(
            rows, c.batch_size, sampler=BucketSampler(lengths, shuffle=shuffle), seed=c.seed,
            drop_last=shuffle and len(rows) >= c.batch_size,
            prefetch=c.prefetch if shuffle else 0, collate=_padded,
        )  # fmt: skip

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

    def judge(self, model: T5) -> Figures:
        """BLEU on all test sentences, by beams and greedy."""
        judged, beams = self.judged["test"], self.config.beams
        greedy = self._translated(model, judged.sources, 1)
        self.translations = self._translated(model, judged.sources, beams) if beams > 1 else greedy
        return {"bleu": judged.score(self.translations), "greedy_bleu": judged.score(greedy)}

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


def read_parts(name: str, languages: str | None, data_dir: str | None) -> dict[str, TextPairs]:
    r"""Read a source's three parts, or divide a file of one's own by its sentences.

    Args:
        name: a source of text pairs, or a file: a sentence, a tab, and its translation a line.
        languages: from which to which, such as "fr-en"; None for a source's first two.
        data_dir: a folder where downloads may lie already.

    Raises:
        DataError: no such source, or a file that holds no pairs; names the line.
        UserError: languages that a source does not have, or for a file.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), "mine.tsv")
        >>> _ = path.write_text("".join(f"word {i}\tmot {i}\n" for i in range(100)))
        >>> [len(part) for part in read_parts(str(path), None, None).values()]
        [92, 3, 5]
    """
    chosen = None
    if name in source_names("text pairs"):
        if languages is not None:
            one, _, other = languages.partition("-")
            chosen = (one, other)
        parts = {
            part: load_text_pairs(name, part, languages=chosen, data_dir=data_dir, progress=True)
            for part in PARTS
        }
        note = source(name).how
        named = f"{name}, {'-'.join(chosen or source(name).languages[:2])}"
    else:
        if languages is not None:
            raise UserError(f"languages ({languages}) are those of a source, not of a file")
        if not Path(name).is_file():
            known = ", ".join(source_names("text pairs"))
            raise UserError(f"there is no source or file {name!r}; sources: {known}")
        parts = _divided(_pairs_of(Path(name)), name)
        rest = 100 - 2 * KEPT_AWAY
        note = (
            f"by the hash of the sentence without case, {rest} % to train, {KEPT_AWAY} % to "
            f"validate, {KEPT_AWAY} % to test"
        )
        named = Path(name).name
    return {
        part: TextPairs(pairs.sources, pairs.targets, pairs.groups, name=named, note=note)
        for part, pairs in parts.items()
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


def _pairs_of(path: Path) -> list[tuple[str, str]]:
    """The pairs of a file, each once."""
    pairs: dict[tuple[str, str], None] = {}
    for number, line in enumerate(read_text(path).split("\n"), 1):
        columns = [column.strip() for column in line.rstrip("\r").split("\t")]
        if columns == [""]:
            continue
        if len(columns) != 2 or not all(columns):
            raise DataError(f"{path}, line {number}: no two sentences with a tab between")
        pairs[columns[0], columns[1]] = None
    return list(pairs)


def _divided(pairs: Sequence[tuple[str, str]], name: str) -> dict[str, TextPairs]:
    """By the sentence's hash: all its translations are in one part, whatever else there is."""
    found: dict[str, list[tuple[str, str]]] = {part: [] for part in PARTS}
    for pair in pairs:
        digest = hashlib.sha256(pair[0].casefold().encode()).digest()
        place = int.from_bytes(digest[:8]) % 100
        part = PARTS[2] if place < KEPT_AWAY else PARTS[1] if place < 2 * KEPT_AWAY else PARTS[0]
        found[part].append(pair)
    if empty := [part for part, some in found.items() if not some]:
        raise DataError(f"{name} has too few pairs ({len(pairs)}): none is left for {empty[0]}")
    return {
        part: TextPairs([a for a, _ in some], [b for _, b in some], [a for a, _ in some])
        for part, some in found.items()
    }


def _padded(rows: Sequence[Any]) -> Row:
    """Sources (batch, time), padded; targets (batch, time), with -100 where there is none."""
    ours, theirs = zip(*rows, strict=True)
    return (
        pad_sequence(ours, padding_value=PAD)[0],
        pad_sequence(theirs, padding_value=IGNORED)[0],
    )
