"""What is known of a data set before any of it is read."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from nt_data.sources._options import Options
from nt_data.sources._remote import RemoteFile

__all__ = ["Kind", "Source"]

Kind = Literal["text", "images", "labelled texts", "text pairs", "image-text pairs"]

# What an extra installs, by the name under which it is imported.
_EXTRAS = {"images": ("PIL",), "digits": ("sklearn",), "glyphs": ("matplotlib", "PIL")}


@dataclass(frozen=True)
class Source:
    """A data set: what it is, whose it is, where it is published, and how it is split.

    Example:
        >>> from nt_data.sources import source
        >>> mnist = source("mnist")
        >>> mnist.kind, mnist.splits["test"], len(mnist.files), f"{mnist.size:,}"
        ('images', 10000, 4, '11,594,722')
    """

    name: str
    kind: Kind
    what: str  # one line
    licence: str
    citation: str
    url: str  # the home page
    splits: Mapping[str, int | None]  # samples, or characters of text; None where it depends
    how: str  # how the splits were made
    files: tuple[RemoteFile, ...] = ()  # as published
    also: tuple[RemoteFile, ...] = ()  # the same in another container, found and never downloaded
    extra: str = ""  # what reads it: pip install "nt-data[<extra>]"
    languages: tuple[str, ...] = field(default=())

    @property
    def size(self) -> int:
        """Bytes to download."""
        return sum(file.size for file in self.files)

    @property
    def extra_is_missing(self) -> bool:
        """Whether a library that reads this data set is not installed."""
        return any(importlib.util.find_spec(name) is None for name in _EXTRAS.get(self.extra, ()))

    def find(
        self,
        *,
        data_dir: str | os.PathLike[str] | None = None,
        cache_dir: str | os.PathLike[str] | None = None,
    ) -> list[Path] | None:
        """Give the paths of all files where they lie already, checked, or None if any is missing.

        Args:
            data_dir: a folder in which they may lie, as `<source>/<file>` or bare.
            cache_dir: where downloads are kept; by default the user's cache folder for `nt`.

        Raises:
            DownloadError: `data_dir` is no folder, or holds another file under a file's name.

        Example:
            >>> from nt_data.sources import source
            >>> source("digits").find()
            []
        """
        for files in filter(None, (self.files, self.also)):
            found = [file.find(data_dir=data_dir, cache_dir=cache_dir) for file in files]
            if None not in found:
                return [path for path in found if path is not None]
        return None if self.files else []

    def where(
        self,
        *,
        data_dir: str | os.PathLike[str] | None = None,
        cache_dir: str | os.PathLike[str] | None = None,
    ) -> Path | None:
        """Give the folder in which all files lie, going by names and sizes: fast, not certain.

        Args:
            data_dir: a folder in which they may lie, as `<source>/<file>` or bare.
            cache_dir: where downloads are kept; by default the user's cache folder for `nt`.

        Example:
            >>> from nt_data.sources import source
            >>> print(source("mnist").where(data_dir="/nowhere", cache_dir="/nowhere"))
            None
        """
        for files in filter(None, (self.files, self.also)):
            places = [file.places(data_dir=data_dir, cache_dir=cache_dir) for file in files]
            there = [
                next((p for p in some if p.is_file() and p.stat().st_size == file.size), None)
                for some, file in zip(places, files, strict=True)
            ]
            if there[0] is not None and None not in there:
                return there[0].parent
        return None

    def fetch(
        self,
        *,
        data_dir: str | os.PathLike[str] | None = None,
        cache_dir: str | os.PathLike[str] | None = None,
        progress: bool = True,
    ) -> list[Path]:
        """Give the paths of all files, downloaded into the cache where they are nowhere.

        Args:
            data_dir: a folder in which they may lie, as `<source>/<file>` or bare.
            cache_dir: where downloads are kept; by default the user's cache folder for `nt`.
            progress: show a bar where standard error is a terminal.

        Raises:
            DownloadError: a file cannot be had.

        Example:
            >>> from nt_data.sources import source
            >>> source("python-stdlib").fetch()
            []
        """
        if (found := self.find(data_dir=data_dir, cache_dir=cache_dir)) is not None:
            return found
        return [
            file.fetch(data_dir=data_dir, cache_dir=cache_dir, progress=progress)
            for file in self.files
        ]

    def paths(self, options: Options) -> dict[str, Path]:
        """Give the path of each file by its bare name, downloaded if need be."""
        found = self.fetch(
            data_dir=options.data_dir, cache_dir=options.cache_dir, progress=options.progress
        )
        return {path.name: path for path in found}
