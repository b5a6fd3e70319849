"""`tatoeba-eng-fra`: 142,787 short English sentences with their French translations."""

from __future__ import annotations

import re
from dataclasses import replace

from nt_data._errors import DataError
from nt_data._samples import TextPairs
from nt_data.readers import read_archive
from nt_data.readers._text import decoded
from nt_data.sources._apart import first_of_each, split_by_hash
from nt_data.sources._options import Options
from nt_data.sources._remote import RemoteFile
from nt_data.sources._source import Source

__all__ = ["SOURCE", "load", "plain", "read_pairs"]

_COMMIT = "4f3f8eb0adde54fcc8b89394336b002e7961244c"

SOURCE = Source(
    name="tatoeba-eng-fra",
    kind="text pairs",
    what="short English sentences and their French translations, the edition of 2017-09-29",
    licence="CC BY 2.0, manythings.org/anki and tatoeba.org",
    citation="Tatoeba, https://tatoeba.org; selected by Charles Kelly, manythings.org/anki",
    url="https://www.manythings.org/anki/",
    splits={"train": 137_039, "validation": 2_828, "test": 2_915},
    how=(
        "none is published: by the hash of the English sentence without case and punctuation, "
        "96 % to train, 2 % to validate, 2 % to test"
    ),
    files=(
        RemoteFile(
            "tatoeba-eng-fra/fra-eng.zip",
            f"https://raw.githubusercontent.com/genimind/seq2seq/{_COMMIT}/fra-eng.zip",
            "16c4f7d0df9e7c5e6c54cdb0447f3f4a18a55052ff5e2e0b27dd4a06c0e49d04",
            2_951_390,
            # Replaced by later editions, which the checksum refuses.
            ("http://www.manythings.org/anki/fra-eng.zip",),
        ),
    ),
    languages=("en", "fr"),
)


def load(options: Options) -> dict[str, TextPairs]:
    """Read the pairs and divide them."""
    (path,) = SOURCE.paths(options).values()
    files = dict(read_archive(path, lambda name: name == "fra.txt", max_bytes=2**26))
    if "fra.txt" not in files:
        raise DataError(f"{path} holds no fra.txt")
    pairs = read_pairs(files["fra.txt"], f"{path}: fra.txt")
    pairs = pairs.take(first_of_each(pairs.identities()))
    if options.languages == ("fr", "en"):
        pairs = replace(pairs, sources=pairs.targets, targets=pairs.sources)
    parts = split_by_hash(pairs, pairs.groups, {"test": 2, "validation": 2, "train": 96})
    return dict(reversed(parts.items()))


def read_pairs(content: bytes, origin: str) -> TextPairs:
    """Read lines of an English sentence, a tab, and a French one."""
    sources, targets = [], []
    for number, line in enumerate(decoded(content, origin).removesuffix("\n").split("\n"), 1):
        columns = line.split("\t")
        if len(columns) != 2 or not all(column.strip() for column in columns):
            raise DataError(f"{origin}, line {number}: no two sentences with a tab between")
        sources.append(columns[0])
        targets.append(columns[1])
    groups = [plain(text) for text in sources]
    return TextPairs(sources, targets, groups, name=SOURCE.name, note=SOURCE.how)


def plain(text: str) -> str:
    """Give a sentence without case and punctuation; one of punctuation alone stays.

    Example:
        >>> plain("I'm  cold!") == plain("I'm cold.")
        True
    """
    return re.sub(r"[\W_]+", " ", text.casefold()).strip() or text
