"""`rt-polarity`: 10,662 snippets of film reviews, positive or negative, in Latin-1."""

from __future__ import annotations

import numpy as np

from nt_data._samples import LabelledTexts
from nt_data.sources._apart import first_of_each, split_by_hash
from nt_data.sources._options import Options
from nt_data.sources._remote import RemoteFile
from nt_data.sources._source import Source

__all__ = ["CLASSES", "SOURCE", "load"]

CLASSES = ("negative", "positive")
_HOST = "https://raw.githubusercontent.com/yoonkim/CNN_sentence/{}/"
_COMMIT = "23e0e1f7355705bb083043fda05c031b15acb38c"


def _file(name: str, sha256: str, size: int) -> RemoteFile:
    at, newest = (_HOST.format(commit) + name for commit in (_COMMIT, "master"))
    return RemoteFile(f"rt-polarity/{name}", at, sha256, size, (newest,))


SOURCE = Source(
    name="rt-polarity",
    kind="labelled texts",
    what="snippets of film reviews, positive or negative; the sentences of sst-2 are among them",
    licence="none is published; cite the paper",
    citation=(
        "Pang, Lee: Seeing stars: Exploiting class relationships for sentiment categorization "
        "with respect to rating scales. ACL 2005"
    ),
    url="https://www.cs.cornell.edu/people/pabo/movie-review-data/",
    splits={"train": 8_530, "validation": 1_105, "test": 1_027},
    how="none is published: by the hash of the text, 80 % to train, 10 % to validate, 10 % to test",
    files=(
        _file(
            "rt-polarity.neg",
            "4ace77d558c3714723843f1d65b60c01e3417b208180f0728808d76ad0eeeaca",
            612_256,
        ),
        _file(
            "rt-polarity.pos",
            "2da124ec187a9d5a29c9f04e91c540e02baed5af8868f550a26bd6fd4dbf8bf0",
            626_139,
        ),
    ),
)


def load(options: Options) -> dict[str, LabelledTexts]:
    """Read both files, a snippet a line."""
    paths = SOURCE.paths(options)
    texts: list[str] = []
    labels: list[int] = []
    for label, name in enumerate(("rt-polarity.neg", "rt-polarity.pos")):
        # Not splitlines: Latin-1 has a character, 0x85, that it takes for a line's end.
        lines = paths[name].read_bytes().decode("latin-1").removesuffix("\n").split("\n")
        texts += [line.strip(" \r") for line in lines]
        labels += [label] * len(lines)
    whole = LabelledTexts(
        texts, np.array(labels, np.int64), CLASSES, name=SOURCE.name, note=SOURCE.how
    )
    whole = whole.take(first_of_each(texts))
    parts = split_by_hash(whole, whole.texts, {"test": 10, "validation": 10, "train": 80})
    return dict(reversed(parts.items()))
