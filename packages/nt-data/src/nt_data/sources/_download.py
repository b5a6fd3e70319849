"""Fetching one file over HTTP: resumed where it was cut short, checked before it gets its name."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from nt_data._errors import DownloadError
from nt_data.sources._lock import locked

__all__ = ["digest", "download"]

if TYPE_CHECKING:
    import httpx

_TIMEOUT = 30.0  # seconds without a byte
_CONNECT_TIMEOUT = 10.0  # seconds
_PAUSE = 0.5  # seconds before going on


class _InterruptedError(Exception):
    """The transfer broke off; what came is kept, and another try can go on from there."""


class _RefusedError(Exception):
    """Another try would not help."""


def digest(path: str | os.PathLike[str]) -> str:
    """Give a file's SHA-256 in hexadecimal.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = Path(folder, "a").write_bytes(b"abc")
        ...     digest(folder + "/a")[:8]
        'ba7816bf'
    """
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def download(
    url: str, target: Path, *, name: str, sha256: str, size: int, progress: bool, retries: int
) -> None:
    """Bring `url` to `target`, which is there whole and right, or not at all.

    The bytes gather in `<target>.part`; if the transfer breaks off, the next one asks for the rest
    only. Of two processes, one downloads and the other waits and finds the file.

    Args:
        url: where the file is.
        target: where it shall be.
        name: what the progress bar and the errors call it.
        sha256: its digest.
        size: its length in bytes.
        progress: show a bar where standard error is a terminal.
        retries: how often to go on after an interruption.

    Raises:
        DownloadError: says what failed; `target` is then as it was.
    """
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target.with_name(target.name + ".lock")):
            if not target.exists() or digest(target) != sha256:
                _fill(url, part, name, sha256, size, progress, retries)
                part.replace(target)
    except _RefusedError as error:
        raise DownloadError(str(error)) from error
    except OSError as error:
        raise DownloadError(f"cannot write {error.filename or part}: {error.strerror}") from error


def _fill(
    url: str, part: Path, name: str, sha256: str, size: int, progress: bool, retries: int
) -> None:
    """Bring `part` to the whole file, checked."""
    while True:
        resumed = part.exists()
        try:
            _transfer(url, part, name, size, progress)
        except _InterruptedError as error:
            if retries == 0:
                held = part.stat().st_size if part.exists() else 0
                raise _RefusedError(
                    f"{error}; {held:,} of {size:,} bytes are kept for the next try"
                ) from error
            retries -= 1
            time.sleep(_PAUSE)
            continue
        if digest(part) == sha256:
            return
        part.unlink()
        if not resumed:
            raise _RefusedError(f"what came is not the published file: its sha256 is not {sha256}")
        # The part may have been of an older file: once more, from the start.


def _transfer(url: str, part: Path, name: str, size: int, progress: bool) -> None:
    """Append to `part` what it lacks."""
    import httpx  # here, because its import takes longer than that of all the rest
    from tqdm import tqdm  # type: ignore[import-untyped]

    offset = part.stat().st_size if part.exists() else 0
    if offset == size:
        return
    headers = {"Accept-Encoding": "identity"}
    if 0 < offset < size:
        headers["Range"] = f"bytes={offset}-"
    timeout = httpx.Timeout(_TIMEOUT, connect=_CONNECT_TIMEOUT)
    try:
        with httpx.stream(
            "GET", url, headers=headers, timeout=timeout, follow_redirects=True
        ) as response:
            offset = _begin(response, part, offset, size)
            bar = tqdm(
                desc=name, total=size, initial=offset, unit="B", unit_scale=True,
                disable=None if progress else True,  # None: only where a person watches
            )  # fmt: skip
            with bar, part.open("ab" if offset else "wb") as file:
                for chunk in response.iter_raw():  # as it comes: an interruption loses nothing
                    offset += len(chunk)
                    if offset > size:
                        break
                    file.write(chunk)
                    bar.update(len(chunk))
    except (
        httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, httpx.UnsupportedProtocol,
        httpx.TooManyRedirects, httpx.InvalidURL,
    ) as error:  # fmt: skip
        raise _RefusedError(f"{error or type(error).__name__}") from error
    except httpx.TransportError as error:
        raise _InterruptedError(f"interrupted ({error or type(error).__name__})") from error
    if offset > size:
        part.unlink()
        raise _RefusedError(f"what came is longer than the published file ({size:,} bytes)")
    if offset < size:
        raise _InterruptedError("the connection ended early")


def _begin(response: httpx.Response, part: Path, offset: int, size: int) -> int:
    """Read the answer's head: from which byte on is the file coming?"""
    status = response.status_code
    if status == 206:
        expected = f"bytes {offset}-{size - 1}/{size}"
        if (given := response.headers.get("Content-Range")) != expected:
            part.unlink()
            raise _InterruptedError(f"asked for {expected}, the server sends {given}")
        return offset
    if status == 416:
        part.unlink()
        raise _InterruptedError(f"the server's file ends before byte {offset:,} of {size:,}")
    if status in (408, 429) or status >= 500:
        raise _InterruptedError(f"the server answers {status} {response.reason_phrase}")
    if status != 200:
        raise _RefusedError(f"the server answers {status} {response.reason_phrase}")
    length = response.headers.get("Content-Length")
    if length is not None and int(length) != size:
        raise _RefusedError(f"the server's file has {length} bytes, the published one {size}")
    return 0
