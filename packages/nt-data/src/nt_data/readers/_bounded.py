"""Reading no more of a file than it may hold: a small file can unpack to more than any memory."""

from __future__ import annotations

import gzip
import os
import zlib
from pathlib import Path

from nt_data._errors import DataError

__all__ = ["LARGEST", "read_bytes"]

LARGEST = 4 * 2**30  # bytes unpacked: above every data set here


def read_bytes(path: str | os.PathLike[str], *, max_bytes: int = LARGEST) -> bytes:
    """Read a whole file; one that gzip packed is unpacked, as far as `max_bytes` go.

    Args:
        path: the file; its first bytes tell whether it is packed.
        max_bytes: what may come out.

    Raises:
        DataError: the file is empty, damaged or cut short, or holds more than `max_bytes`.
        OSError: it cannot be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "zeros.gz")
        ...     _ = path.write_bytes(gzip.compress(bytes(10**6)))
        ...     len(read_bytes(path)), path.stat().st_size < 2000
        (1000000, True)
    """
    path = Path(path)
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if not packed:
            content = file.read(max_bytes + 1)
        else:
            try:
                with gzip.GzipFile(fileobj=file) as unpacked:
                    content = unpacked.read(max_bytes + 1)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise DataError(f"{path} is damaged or cut short: {error}") from error
    if not content:
        raise DataError(f"{path} is empty")
    if len(content) > max_bytes:
        raise DataError(f"{path} holds more than the {max_bytes:,} bytes that are allowed")
    return content
