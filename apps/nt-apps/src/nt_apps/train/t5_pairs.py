"""Sentences and their translations: read from a source or a file, divided, and judged by."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from nt_data import DataError
from nt_data.metrics import bleu
from nt_data.readers import read_text
from nt_data.sources import TextPairs, load_text_pairs, source, source_names

from nt_apps.errors import UserError

__all__ = ["PARTS", "Judged", "read_parts"]

PARTS = ("train", "validation", "test")
KEPT_AWAY = 5  # per cent of a file's sentences to validate, and as many to test


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
