"""The idx format, in which MNIST and its successors are published."""

from __future__ import annotations

import gzip
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nt_data._errors import DataError
from nt_data.readers._bounded import LARGEST, read_bytes

__all__ = ["read_idx"]

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(path: str | os.PathLike[str], *, max_bytes: int = LARGEST) -> NDArray[Any]:
    """Read an array from an idx file, packed by gzip or not.

    The header is two zero bytes, a type, the number of axes, and the length of each; what it
    claims is compared with what follows before anything of that size is made.

    Args:
        path: the file.
        max_bytes: what the array may take.

    Returns:
        An array of the file's shape and type, in the machine's byte order.

    Raises:
        DataError: the file is no idx file, claims more or less than it holds, or is damaged.
        OSError: it cannot be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "labels")
        ...     _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1]))
        ...     read_idx(path)
        array([7, 2, 1], dtype=uint8)

    Source: http://yann.lecun.com/exdb/mnist/, "The IDX file format".
    """
    head = _head(Path(path))
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in _TYPES or head[3] == 0:
        raise DataError(f"{path} is no idx file: it begins with {head[:4].hex(' ')}")
    start = 4 + 4 * head[3]
    if len(head) < start:
        raise DataError(f"{path} is cut short: its header of {start} bytes ends at {len(head)}")
    shape = tuple(int(n) for n in np.frombuffer(head, ">u4", head[3], 4))
    dtype = np.dtype(_TYPES[head[2]])
    claimed = math.prod(shape) * dtype.itemsize
    if claimed > max_bytes:
        raise DataError(f"{path} claims shape {shape}, {claimed:,} bytes; {max_bytes:,} may be")
    try:
        content = read_bytes(path, max_bytes=start + claimed)
    except DataError as error:
        if "allowed" not in str(error):
            raise
        raise DataError(f"{path} holds more than its shape {shape} takes") from error
    if len(content) != start + claimed:
        raise DataError(
            f"{path} is cut short: shape {shape} takes {claimed:,} bytes, "
            f"{len(content) - start:,} are there"
        )
    return (
        np.frombuffer(content, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))
    )


def _head(path: Path) -> bytes:
    """The longest header that there can be, 255 axes, or what there is of it."""
    with path.open("rb") as file:
        begin = file.read(4 + 4 * 255)
    if begin[:2] != b"\x1f\x8b":
        return begin
    try:
        with gzip.open(path) as file:
            return file.read(4 + 4 * 255)
    except (EOFError, gzip.BadGzipFile) as error:
        raise DataError(f"{path} is damaged or cut short: {error}") from error
