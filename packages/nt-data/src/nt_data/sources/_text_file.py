"""The reader's own text file."""

from __future__ import annotations

from pathlib import Path

from nt_data.readers._text import decoded
from nt_data.sources._options import Options
from nt_data.sources._split import TextSplit, first_bytes, split_by_position

__all__ = ["load"]


def load(path: Path, options: Options) -> TextSplit:
    """Read a file: the first 90 % of its characters to train, the rest to validate."""
    text = first_bytes(decoded(path.read_bytes(), str(path), options.encoding), options.max_bytes)
    train, validation = split_by_position(text)
    return TextSplit(
        name=path.name,
        train=train,
        validation=validation,
        split="first 90 % of the characters to train, last 10 % to validate",
    )
