"""A published file, and the places where it may already lie."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from nt_data._errors import DownloadError
from nt_data.sources._download import digest, download

__all__ = ["RemoteFile"]


@dataclass(frozen=True)
class RemoteFile:
    """A file that is published under one or several URLs, known by its digest.

    Example:
        >>> import tempfile
        >>> file = RemoteFile("toy/abc.txt", "http://127.0.0.1:9/abc.txt",
        ...     sha256="ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", size=3)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = Path(folder, "abc.txt").write_bytes(b"abc")
        ...     file.fetch(data_dir=folder).name
        'abc.txt'
    """

    name: str  # folder and file, "tinyshakespeare/input.txt": its place below any data folder
    url: str  # empty where a file is only found and never downloaded
    sha256: str
    size: int  # bytes
    mirrors: tuple[str, ...] = ()  # where else the same bytes are, tried in order

    @property
    def urls(self) -> tuple[str, ...]:
        """Every URL, the first choice first."""
        return tuple(filter(None, (self.url, *self.mirrors)))

    def places(
        self,
        *,
        data_dir: str | os.PathLike[str] | None = None,
        cache_dir: str | os.PathLike[str] | None = None,
    ) -> list[Path]:
        """Give the paths at which the file is looked for, in order.

        Example:
            >>> file = RemoteFile("toy/abc.txt", "", sha256="0" * 64, size=3)
            >>> [path.as_posix() for path in file.places(data_dir="data", cache_dir="cache")]
            ['data/toy/abc.txt', 'data/abc.txt', 'cache/toy/abc.txt']
        """
        cached = _cache(cache_dir) / self.name
        if data_dir is None:
            return [cached]
        return [Path(data_dir, self.name), Path(data_dir, Path(self.name).name), cached]

    def find(
        self,
        *,
        data_dir: str | os.PathLike[str] | None = None,
        cache_dir: str | os.PathLike[str] | None = None,
    ) -> Path | None:
        """Give the file's path where it lies already, right to the last byte, or None.

        Args:
            data_dir: a folder with `<name>` or with the bare file.
            cache_dir: where downloads are kept; by default the user's cache folder for `nt`.

        Raises:
            DownloadError: `data_dir` is no folder, or holds a file of this name that is another.

        Example:
            >>> import tempfile
            >>> file = RemoteFile("toy/abc.txt", "", sha256="0" * 64, size=3)
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     print(file.find(data_dir=folder, cache_dir=folder))
            None
        """
        if data_dir is not None and (found := self._in_folder(Path(data_dir))) is not None:
            return found
        target = self.places(cache_dir=cache_dir)[0]
        return target if target.is_file() and digest(target) == self.sha256 else None

    def fetch(
        self,
        *,
        data_dir: str | os.PathLike[str] | None = None,
        cache_dir: str | os.PathLike[str] | None = None,
        progress: bool = True,
        retries: int = 3,
    ) -> Path:
        """Give the file's path, from `data_dir`, from the cache, or downloaded into the cache.

        Whatever is found is used only if its SHA-256 is right. A wrong file in `data_dir` is an
        error, for somebody put it there; a wrong file in the cache is replaced.

        Args:
            data_dir: a folder with `<name>` or with the bare file.
            cache_dir: where downloads are kept; by default the user's cache folder for `nt`.
            progress: show a bar where standard error is a terminal.
            retries: how often to go on after an interruption.

        Raises:
            DownloadError: the file cannot be had; names it, its URL and where to put it by hand.

        Example:
            >>> import tempfile
            >>> nowhere = RemoteFile("toy/a.txt", "http://127.0.0.1:9/a", sha256="0" * 64, size=1)
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     try:
            ...         nowhere.fetch(cache_dir=folder)
            ...     except DownloadError as error:
            ...         "put the file at" in str(error)
            True
        """
        if (found := self.find(data_dir=data_dir, cache_dir=cache_dir)) is not None:
            return found
        target = self.places(cache_dir=cache_dir)[0]
        try:
            self._bring(target, progress=progress, retries=retries)
        except DownloadError as error:
            by_hand = [target] if data_dir is None else [target, Path(data_dir) / self.name]
            raise DownloadError(
                f"cannot download {self.name} {error}. "
                f"To do without, put the file at {' or '.join(map(str, by_hand))} by hand"
            ) from error
        return target

    def _bring(self, target: Path, *, progress: bool, retries: int) -> None:
        """Bring the file to `target`, from the first URL that gives it."""
        failures = []
        for url in self.urls:
            try:
                download(
                    url,
                    target,
                    name=self.name,
                    sha256=self.sha256,
                    size=self.size,
                    progress=progress,
                    retries=retries,
                )
            except DownloadError as error:
                failures.append(f"from {url}: {error}")
            else:
                return
        raise DownloadError("; ".join(failures) or "for it has no URL of its own")

    def _in_folder(self, folder: Path) -> Path | None:
        if not folder.is_dir():
            raise DownloadError(f"data_dir {folder} is not a folder")
        for path in (folder / self.name, folder / Path(self.name).name):
            if path.is_file():
                if (found := digest(path)) == self.sha256:
                    return path
                right = self.url or "the right one"
                raise DownloadError(
                    f"{path} is not the published {self.name}: its sha256 is {found}, not "
                    f"{self.sha256}; replace it by {right} or give another data_dir"
                )
        return None


def _cache(folder: str | os.PathLike[str] | None) -> Path:
    return platformdirs.user_cache_path("nt", False) if folder is None else Path(folder)
