"""`imdb`: 50,000 long film reviews, positive or negative."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from nt_data._errors import DataError
from nt_data._samples import LabelledTexts
from nt_data.readers import read_archive
from nt_data.readers._text import decoded
from nt_data.sources._options import Options
from nt_data.sources._remote import RemoteFile
from nt_data.sources._source import Source

__all__ = ["CLASSES", "SOURCE", "load", "read_reviews"]

CLASSES = ("negative", "positive")
_NAME = re.compile(r"aclImdb/(train|test)/(neg|pos)/(\d+)_(\d+)\.txt")
_HELD_OUT = 1250  # of the 12,500 training reviews of a class, the last
_LARGEST = 2**28  # bytes of text in the archive; the published one has 65 MB

SOURCE = Source(
    name="imdb",
    kind="labelled texts",
    what="film reviews of 231 words on average, positive or negative",
    licence="none is published; the authors ask to cite the paper; the reviews are their writers'",
    citation=(
        "Maas, Daly, Pham, Huang, Ng, Potts: Learning Word Vectors for Sentiment Analysis. ACL 2011"
    ),
    url="https://ai.stanford.edu/~amaas/data/sentiment/",
    splits={"train": 22_308, "validation": 2_473, "test": 24_801},
    how=(
        "the published test reviews; of the published training reviews the last 1,250 of each "
        "class, by number, to validate"
    ),
    files=(
        RemoteFile(
            "imdb/aclImdb_v1.tar.gz",
            "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
            "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
            84_125_825,
        ),
    ),
    also=(
        RemoteFile(
            "imdb/aclImdb_labelled.tar.xz",
            "",
            "875e76e730930868dbe8fd721b0f0d6c192767cc7e35802c2ef990b1deea5af7",
            18_302_228,
        ),
    ),
)


def load(options: Options) -> dict[str, LabelledTexts]:
    """Read the labelled reviews of whichever archive is there."""
    (path,) = SOURCE.paths(options).values()
    return read_reviews(path, _HELD_OUT)


def read_reviews(path: Path, held_out: int) -> dict[str, LabelledTexts]:
    """Read the reviews of an archive in the order of their numbers, negative and positive in turn.

    Raises:
        DataError: the archive is damaged, or a review is empty or no UTF-8.
    """
    found: dict[str, list[tuple[int, int, str]]] = {"train": [], "test": []}
    wanted = read_archive(path, lambda name: _NAME.fullmatch(name) is not None, max_bytes=_LARGEST)
    for name, content in wanted:
        if match := _NAME.fullmatch(name):
            part, kind, number, _ = match.groups()
            found[part].append(
                (int(number), int(kind == "pos"), decoded(content, f"{path}: {name}"))
            )
    if not all(found.values()):
        raise DataError(f"{path} holds no reviews under aclImdb/train and aclImdb/test")
    train, test = (_made(sorted(found[part])) for part in ("train", "test"))
    cut = len(train) - 2 * held_out
    return {
        "train": train.take(np.arange(cut)),
        "validation": train.take(np.arange(cut, len(train))),
        "test": test,
    }


def _made(reviews: list[tuple[int, int, str]]) -> LabelledTexts:
    return LabelledTexts(
        [text for _, _, text in reviews],
        np.array([label for _, label, _ in reviews], np.int64),
        CLASSES,
        name=SOURCE.name,
        note=SOURCE.how,
    )
