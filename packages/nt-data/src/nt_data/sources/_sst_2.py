"""`sst-2`: sentences of film reviews, positive or negative; whole sentences only."""

from __future__ import annotations

import numpy as np

from nt_data._errors import DataError
from nt_data._samples import LabelledTexts
from nt_data.readers._text import decoded
from nt_data.sources._options import Options
from nt_data.sources._remote import RemoteFile
from nt_data.sources._source import Source

__all__ = ["CLASSES", "SOURCE", "load", "read_part"]

CLASSES = ("negative", "positive")
_HOST = "https://raw.githubusercontent.com/clairett/pytorch-sentiment-classification/{}/data/SST2/"
_COMMIT = "457ffd83de90a9d6d472d8ffc31bbffe40a8b236"


def _file(name: str, sha256: str, size: int) -> RemoteFile:
    at, newest = (_HOST.format(commit) + name for commit in (_COMMIT, "master"))
    return RemoteFile(f"sst-2/{name}", at, sha256, size, (newest,))


SOURCE = Source(
    name="sst-2",
    kind="labelled texts",
    what="sentences of film reviews, positive or negative (whole sentences, unlike GLUE's SST-2)",
    licence="none is published; cite the paper",
    citation=(
        "Socher, Perelygin, Wu, Chuang, Manning, Ng, Potts: Recursive Deep Models for Semantic "
        "Compositionality Over a Sentiment Treebank. EMNLP 2013"
    ),
    url="https://nlp.stanford.edu/sentiment/",
    splits={"train": 6_909, "validation": 872, "test": 1_821},
    how="the published split: train, dev to validate, test",
    files=(
        _file(
            "train.tsv",
            "ec192f833a64da08f475488a77b0d0b47db47acd0f458bd18433fc793b569920",
            720_259,
        ),
        _file(
            "dev.tsv",
            "eddea6b39e601dd4e7a672b53cc40fdf6019fa80522f351206c24340ca5d9359",
            92_057,
        ),
        _file(
            "test.tsv",
            "831169c7e2e429d6026e1bdbb542f33b636e3e596caad9602ebc953c205928b7",
            188_749,
        ),
    ),
)


def load(options: Options) -> dict[str, LabelledTexts]:
    """Read the three parts."""
    paths = SOURCE.paths(options)
    files = {"train": "train.tsv", "validation": "dev.tsv", "test": "test.tsv"}
    return {
        part: read_part(paths[name].read_bytes(), str(paths[name])) for part, name in files.items()
    }


def read_part(content: bytes, origin: str) -> LabelledTexts:
    """Read lines of a sentence, a tab, and 0 or 1."""
    texts, labels = [], []
    for number, line in enumerate(decoded(content, origin).removesuffix("\n").split("\n"), 1):
        text, tab, label = line.rpartition("\t")
        if not tab or label not in ("0", "1") or not text.strip():
            raise DataError(f"{origin}, line {number}: no sentence, tab, and 0 or 1: {line[:60]!r}")
        texts.append(text)
        labels.append(int(label))
    return LabelledTexts(
        texts, np.array(labels, np.int64), CLASSES, name=SOURCE.name, note=SOURCE.how
    )
