"""From names of data to texts: to find words in, and to classify."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from nt_data import DataError, TextError
from nt_data.readers import read_labelled_texts
from nt_data.sources import (
    LabelledTexts,
    load_labelled_texts,
    load_text,
    source,
    source_names,
)
from nt_data.tokenizers import Tokenizer
from nt_tensor import Generator
from numpy.typing import NDArray

from nt_apps.errors import UserError, telling

__all__ = ["Classes", "Documents", "clean", "fingerprint", "read_classes", "read_documents",
           "tokenize"]  # fmt: skip

UNKNOWN = "<unk>"  # what wikitext-2 writes for a rare word
_BREAK = re.compile(r"<br\s*/?>")  # what reviews have between paragraphs
# What the Penn Treebank's tokenizer makes of quotation marks, brackets and "not".
_TREEBANK = {"``": '"', "''": '"', "lrb": "(", "rrb": ")", "-lrb-": "(", "-rrb-": ")"}
_SPLIT = re.compile(r"(?<!\S)(?:``|''|-?[lr]rb-?)(?!\S)| (?=n't(?!\S))")
_TABLES = (".tsv", ".csv", ".jsonl")

Ids = NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True)
class Documents:
    """Texts to find words in."""

    split: str  # how the parts were made
    train: list[str] = field(repr=False)
    validation: list[str] = field(repr=False)


@dataclass(frozen=True)
class Classes:
    """Texts with their classes, in three parts."""

    split: str  # how the parts were made
    train: LabelledTexts = field(repr=False)
    validation: LabelledTexts = field(repr=False)
    test: LabelledTexts = field(repr=False)


def read_documents(data: str, data_dir: str | None) -> Documents:
    """Read texts by name, several with + between; of labelled ones, the training part's texts.

    Raises:
        UserError: one cannot be had, or is no text.
    """
    train: list[str] = []
    validation: list[str] = []
    splits = []
    for name in data.split("+"):
        with telling(ValueError, OSError):
            if name in source_names("labelled texts"):
                parts = [
                    load_labelled_texts(name, part, data_dir=data_dir).texts
                    for part in ("train", "validation")
                ]
                splits.append(f"{name}: {source(name).how}; its test part is not read")
            else:
                text = load_text(name, data_dir=data_dir)
                parts = [[text.train], [text.validation]]
                splits.append(f"{text.name}: {text.split}")
        train += parts[0]
        validation += parts[1]
    return Documents("; ".join(splits), train, validation)


def read_classes(data: str, data_dir: str | None, seed: int) -> Classes:
    """Read labelled texts by name with their split, or a table that is split at random.

    Raises:
        UserError: they cannot be had, or the table is damaged or too small.
    """
    if not data.endswith(_TABLES):
        with telling(ValueError, OSError):
            train, validation, test = (
                load_labelled_texts(data, part, data_dir=data_dir)
                for part in ("train", "validation", "test")
            )
            return Classes(source(data).how, train, validation, test)
    with telling(DataError, TextError, OSError):
        whole = read_labelled_texts(Path(data))
    first = {text: i for i, text in reversed(list(enumerate(whole.texts)))}
    order = np.array(sorted(first.values()))[Generator(seed).permutation(len(first), device="cpu")]
    tenth = len(order) // 10
    if not tenth or len(whole.classes) < 2:
        raise UserError(
            f"{data} must have at least 10 different texts of at least 2 classes, "
            f"got {len(order)} of {len(whole.classes)}"
        )
    return Classes(
        f"a random tenth to validate, another to test (seed {seed}); texts that stand twice once",
        train=whole.take(order[2 * tenth :]),
        validation=whole.take(order[tenth : 2 * tenth]),
        test=whole.take(order[:tenth]),
    )


def clean(text: str) -> str:
    """Write a text as people do: without HTML's line breaks and the Treebank's tokens.

    Example:
        >>> clean("Good.<br /><br />Very good.")
        'Good.  Very good.'
        >>> print(clean("it does n't lrb quite rrb `` click ''"))
        it doesn't ( quite ) " click "
    """
    return _SPLIT.sub(lambda found: _TREEBANK.get(found[0], ""), _BREAK.sub(" ", text))


def tokenize(tokenizer: Tokenizer, text: str) -> Ids:
    """Turn a text into ids without [CLS] and [SEP]; the names of special tokens are mere text.

    Example:
        >>> from nt_data.tokenizers import WordPieceTokenizer
        >>> made = WordPieceTokenizer.train("a b a b", 9)
        >>> tokenize(made, "a <unk> b").tolist() == [5, 1, 6]
        True
    """
    parts = [
        tokenizer.encode(part, add_special_tokens=False, special=False)
        for part in clean(text).split(UNKNOWN)
    ]
    if len(parts) == 1:
        return parts[0]
    unknown = np.array([tokenizer.special_tokens["[UNK]"]], parts[0].dtype)
    return np.concatenate([ids for part in parts for ids in (part, unknown)][:-1])


def fingerprint(parts: Sequence[Iterable[NDArray[Any]]]) -> str:
    """Hash all arrays, so that a resumed run is known to see the very same.

    Example:
        >>> fingerprint([[np.arange(2)], []]) == fingerprint([[np.arange(2)], []])
        True
    """
    digest = hashlib.sha256()
    for part in parts:
        for array in part:
            digest.update(f"{array.dtype.name} {array.shape};".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        digest.update(b"|")
    return digest.hexdigest()
