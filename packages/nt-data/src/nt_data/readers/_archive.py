"""The files inside a tar or zip archive, read into memory and never written to disk."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, Any, cast

from nt_data._errors import DataError
from nt_data.readers._bounded import LARGEST

__all__ = ["read_archive"]

_PACKED: dict[bytes, Callable[[Path], Any]] = {
    b"\x1f\x8b": gzip.open, b"\xfd7zXZ\0": lzma.open, b"BZh": bz2.open,
}  # fmt: skip
_BROKEN = (
    tarfile.TarError, gzip.BadGzipFile, zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError,
    NotImplementedError, RuntimeError,
)  # fmt: skip


def read_archive(
    path: str | os.PathLike[str],
    wanted: Callable[[str], bool] = lambda name: True,
    *,
    max_bytes: int = LARGEST,
) -> Iterator[tuple[str, bytes]]:
    """Give the name and the content of each wanted file in an archive, one after the other.

    Nothing is unpacked to disk, so no name can lead out of a folder; a name that would, a link
    and a device are refused all the same, because no archive of data has them.

    Args:
        path: a zip archive, or a tar archive, packed or not.
        wanted: which names to read; the others are skipped.
        max_bytes: what all wanted files together may hold.

    Raises:
        DataError: the archive is damaged, cut short or no archive, names a place outside itself,
            holds a link or more than `max_bytes`.
        OSError: it cannot be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "a.zip")
        ...     with zipfile.ZipFile(path, "w") as archive:
        ...         archive.writestr("notes/a.txt", "one")
        ...     list(read_archive(path))
        [('notes/a.txt', b'one')]
    """
    path = Path(path)
    with path.open("rb") as file:
        begin = file.read(4)
    if not begin:
        raise DataError(f"{path} is empty")
    zipped = begin[:2] == b"PK"
    files = _zipped(path, wanted) if zipped else _tarred(path, wanted, max_bytes)
    room, seen = max_bytes, set()
    try:
        for name, member in files:
            if name in seen:
                raise DataError(f"{path} holds two files called {name!r}")
            seen.add(name)
            content = member.read(room + 1)
            room -= len(content)
            if room < 0:
                raise DataError(f"{path} holds more than the {max_bytes:,} bytes that are allowed")
            yield name, content
    except _BROKEN as error:
        raise DataError(f"{path} is damaged, cut short or no archive: {error}") from error


def _zipped(path: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            _refuse_outside(path, member.filename)
            if (member.external_attr >> 16) & 0o170000 == 0o120000:
                raise DataError(f"{path} holds a link, {member.filename!r}")
            if not member.is_dir() and wanted(member.filename):
                with archive.open(member) as file:
                    yield member.filename, file


class _Bounded:
    """A stream of which nobody reads more at once than is allowed, whatever a header claims."""

    def __init__(self, file: IO[bytes], path: Path, most: int) -> None:
        self.file, self.path, self.most = file, path, most
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int) -> bytes:
        if size > self.most:
            raise DataError(f"{self.path} claims more than the {self.most:,} bytes allowed")
        return self.file.read(size)


def _unpacked(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        begin = file.read(6)
    for magic, opened in _PACKED.items():
        if begin.startswith(magic):
            return cast("IO[bytes]", opened(path))
    return path.open("rb")


def _tarred(
    path: Path, wanted: Callable[[str], bool], max_bytes: int
) -> Iterator[tuple[str, IO[bytes]]]:
    most = max(max_bytes, 2**20) + tarfile.BLOCKSIZE
    with (
        _unpacked(path) as stream,
        tarfile.open(fileobj=cast("IO[bytes]", _Bounded(stream, path, most)), mode="r:") as archive,
    ):
        for member in archive:
            _refuse_outside(path, member.name)
            if not (member.isfile() or member.isdir()):
                kind = "a link" if member.issym() or member.islnk() else "a device"
                raise DataError(f"{path} holds {kind}, {member.name!r}")
            if member.isfile() and wanted(member.name):
                file = archive.extractfile(member)
                if file is None or member.sparse is not None:
                    raise DataError(f"{path} holds {member.name!r}, which is no plain file")
                with file:
                    yield member.name, file
        # The packer's checksum stands behind the last member, and tells whether all came.
        if len(stream.read(most)) == most:
            raise DataError(f"{path} goes on for long after its end")


def _refuse_outside(path: Path, name: str) -> None:
    place = PurePosixPath(name.replace("\\", "/"))
    if place.is_absolute() or ".." in place.parts or PureWindowsPath(name).drive or "\0" in name:
        raise DataError(f"{path} names a place outside itself: {name!r}")
