"""Images with their captions: from a source, or from a table of your own; and what a run sees."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from nt_data import DataError, DownloadError, TokenizerError
from nt_data.readers import read_csv, read_image
from nt_data.sources import ImageTexts, glyph_faces, load_image_texts, source, source_names
from nt_data.tokenizers import BPETokenizer, CharTokenizer, Tokenizer, WordPieceTokenizer
from nt_data.transforms import Resize
from numpy.typing import NDArray

from nt_apps.errors import UserError, telling

__all__ = ["Captions", "Parts", "load_parts", "make_tokenizer", "spread", "with_faces", "words_of"]

_LEAST = 2  # images of a part: with fewer there is nothing to choose from


@dataclass(frozen=True)
class Parts:
    """What is learned from, what chooses the weights, what is measured once; and how they came."""

    train: ImageTexts = field(repr=False)
    validation: ImageTexts = field(repr=False)
    test: ImageTexts = field(repr=False)
    name: str
    how: str

    def fingerprint(self) -> str:
        """A hash of all images and captions."""
        digest = hashlib.sha256()
        for part in (self.train, self.validation, self.test):
            digest.update(f"{part.images.shape};".encode())
            digest.update(part.images.tobytes())
            words = (part.texts, part.groups, part.keywords)
            digest.update(repr(words).encode("utf-8", "backslashreplace"))
        return digest.hexdigest()


def load_parts(name_or_table: str, side: int, data_dir: str | None = None) -> Parts:
    """Load a source by its name, or a CSV file with the columns `image` and `text`.

    A table's images are read beside it. Its rows are divided by the hash of the text: 10 % to test,
    10 % to validate, 80 % to train; an image that stands twice counts once. A column `group` is
    what figures are told apart by.

    Args:
        name_or_table: "glyphs", "emoji", or a path.
        side: height and width that images are brought to.
        data_dir: a folder in which downloads may lie already.

    Raises:
        UserError: it cannot be had, or is too small.
    """
    names = source_names("image-text pairs")
    with telling(DataError, DownloadError, OSError, ImportError):
        if name_or_table in names:
            loaded = [
                load_image_texts(name_or_table, part, data_dir=data_dir)
                for part in ("train", "validation", "test")
            ]
            train = loaded[0]
            # Of the variants in skin tone, only the first is asked for: the rest are twins.
            judged = [p.first_of_groups() if p.name == "emoji" else p for p in loaded[1:]]
            parts, how = [train, *judged], source(name_or_table).how
            if name_or_table == "emoji":
                how += "; validation and test without skin-tone variants"
        elif (table := Path(name_or_table)).suffix.lower() == ".csv":
            parts = _divided(_read_table(table, side))
            how = "by the hash of the text, 80 % to train, 10 % to validate, 10 % to test"
        else:
            raise UserError(
                f"data {name_or_table!r} is none of {', '.join(names)}, and no table: a path that "
                "ends in .csv"
            )
    for part, which in zip(parts, ("training", "validation", "test"), strict=True):
        if len(part) < _LEAST:
            raise UserError(
                f"{name_or_table}: {len(part)} images in the {which} part are too few to choose "
                f"from; at least {_LEAST} are needed"
            )
    resize = Resize(side)
    sized = [
        part
        if part.images.shape[1:3] == (side, side)
        else ImageTexts(
            resize(part.images), part.texts, part.characters, part.groups, part.keywords,
            name=part.name, split=part.split, note=part.note,
        )
        for part in parts
    ]  # fmt: skip
    return Parts(sized[0], sized[1], sized[2], name_or_table, how)


def with_faces(glyphs: ImageTexts, side: int) -> NDArray[np.uint8]:
    """Glyphs as they are and in other faces of the font, (1 + faces, glyphs, side, side, 1)."""
    resize = Resize(side)
    faces = [resize(face) for face in glyph_faces(glyphs.characters)]
    return np.stack([glyphs.images, *faces])


def _read_table(table: Path, side: int) -> ImageTexts:
    rows = read_csv(table)
    if missing := {"image", "text"} - rows[0].keys():
        raise UserError(f"{table} has no column {' and no column '.join(sorted(missing))}")
    images, resize = [], Resize(side)
    for number, row in enumerate(rows, 1):
        if not row["text"].strip():
            raise UserError(f"{table}, row {number}: the text is empty")
        images.append(resize(read_image(table.parent / row["image"])[None])[0])
    stacked = np.stack(images)
    first = {image.tobytes(): i for i, image in reversed(list(enumerate(stacked)))}
    return ImageTexts(
        stacked,
        [row["text"] for row in rows],
        [row["image"] for row in rows],
        [row.get("group", "") for row in rows],
        [()] * len(rows),
        name=str(table),
    ).take(sorted(first.values()))


def _divided(whole: ImageTexts) -> list[ImageTexts]:
    """By the text, so that one caption's images stay together."""
    places = np.array(
        [int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) % 10 for text in whole.texts]
    )
    masks = (places > 1, places == 1, places == 0)
    return [whole.take(np.flatnonzero(mask)) for mask in masks]


def make_tokenizer(kind: str, vocab_size: int, train: ImageTexts) -> Tokenizer:
    """Learn a tokenizer from the training part's captions and keywords alone.

    Args:
        kind: "wordpiece", "bpe" or "char".
        vocab_size: how many tokens the first two have, at most.
        train: the training part.

    Raises:
        UserError: `vocab_size` has no room for the characters.
    """
    texts = [*train.texts, *(word for words in train.keywords for word in words)]
    with telling(TokenizerError, prefix="captions: "):
        if kind == "wordpiece":
            return WordPieceTokenizer.train(texts, vocab_size)
        if kind == "bpe":
            return BPETokenizer.train("\n".join(texts).lower(), vocab_size)
        return CharTokenizer.train("".join(texts).lower(), unknown="\N{REPLACEMENT CHARACTER}")


def words_of(text: str) -> list[str]:
    """A caption's words, in small letters.

    Example:
        >>> words_of("DOMINO TILE VERTICAL-05-06")
        ['domino', 'tile', 'vertical', '05', '06']
    """
    return re.findall(r"\w+", text.lower())


class Captions:
    """Texts as rows of ids: `begin`, the tokens, `end`, then padding with `end`.

    What stands behind the first `end` is not seen by a tower whose attention looks back alone.

    Args:
        tokenizer: its ids come first; two more follow.
        context: the longest row; what is longer is cut.
        words: those of the training captions.

    Example:
        >>> captions = Captions(CharTokenizer("ab"), context=4, words=["a", "ba"])
        >>> captions(["ba", "a", "babab"])
        array([[2, 1, 0, 3],
               [2, 0, 3, 3],
               [2, 1, 0, 3]])
        >>> captions.known("A bab, ba")
        'a ba'
    """

    def __init__(self, tokenizer: Tokenizer, context: int, words: Iterable[str]) -> None:
        self.tokenizer, self.context, self.words = tokenizer, context, frozenset(words)
        self.begin, self.end = tokenizer.vocab_size, tokenizer.vocab_size + 1
        self.vocab_size = tokenizer.vocab_size + 2

    def known(self, text: str) -> str:
        """A text's words that stand in training captions; the text itself where none or all do."""
        words = words_of(text)
        kept = [word for word in words if word in self.words]
        return text if len(kept) in (0, len(words)) else " ".join(kept)

    def ids(self, text: str) -> list[int]:
        """The tokens of one text."""
        found = self.tokenizer.encode(text.lower(), add_special_tokens=False, special=False)
        return [int(i) for i in found]

    def text(self, row: NDArray[np.int64]) -> str:
        """What a row says, without begin and end."""
        return self.tokenizer.decode(row[row < self.begin])

    def rows(self, texts: list[list[int]]) -> NDArray[np.int64]:
        """Rows of tokens as one array, (texts, time), as long as the longest."""
        kept = [text[: self.context - 2] for text in texts]
        table = np.full((len(kept), max(map(len, kept)) + 2), self.end, np.int64)
        table[:, 0] = self.begin
        for row, text in zip(table, kept, strict=True):
            row[1 : len(text) + 1] = text
        return table

    def __call__(self, texts: list[str]) -> NDArray[np.int64]:
        """Texts as one array, (texts, time)."""
        return self.rows([self.ids(text) for text in texts])


def spread(images: NDArray[np.uint8]) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of pixels from 0 to 1, by channel.

    Example:
        >>> spread(np.array([0, 255], np.uint8).reshape(2, 1, 1, 1))
        ([0.5], [0.5])
    """
    pixels = images.reshape(-1, images.shape[3]).astype(np.float64) / 255
    return pixels.mean(0).tolist(), [float(value) or 1.0 for value in pixels.std(0)]
