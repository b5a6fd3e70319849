"""What a caller may ask of any source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Options"]


@dataclass(frozen=True)
class Options:
    """Where to look and how much to take."""

    data_dir: Path | None = None
    cache_dir: Path | None = None
    max_bytes: int | None = None
    progress: bool = False
    encoding: str = "utf-8"  # of the user's own text
    languages: tuple[str, str] | None = None  # of a translation: from, to
    deduplicate: bool = True
