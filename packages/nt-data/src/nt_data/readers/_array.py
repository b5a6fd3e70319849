"""NumPy's own files, without the pickles that they may hold."""

from __future__ import annotations

import io
import math
import os
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from nt_data._errors import DataError
from nt_data.readers._archive import read_archive
from nt_data.readers._bounded import LARGEST

__all__ = ["read_array"]


def read_array(
    path: str | os.PathLike[str],
    key: str | None = None,
    *,
    mmap: bool = False,
    finite: bool = True,
    max_bytes: int = LARGEST,
) -> NDArray[Any]:
    """Read an array from an .npy or .npz file.

    Args:
        path: the file.
        key: which array of an .npz file; not needed where it holds one.
        mmap: map an .npy file instead of reading it, read-only; nothing is then looked over.
        finite: refuse NaN and infinity.
        max_bytes: what the arrays of the file may take; a mapped one may take any.

    Raises:
        DataError: the file is no such file, is damaged or cut short, holds Python objects, claims
            more than it holds, lacks the key, or holds a number that is not finite.
        OSError: it cannot be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "a.npy")
        ...     np.save(path, np.array([1.0, np.nan]))
        ...     read_array(path)
        Traceback (most recent call last):
            ...
        nt_data...DataError: ...a.npy holds nan at (1,)
    """
    path = Path(path)
    with path.open("rb") as file:
        begin = file.read(6)
        if begin[:2] == b"PK":
            if mmap:
                raise DataError(f"{path} is an .npz archive, which cannot be mapped")
            return _checked(_of_archive(path, key, max_bytes), path, finite)
        if begin != b"\x93NUMPY":
            raise DataError(f"{path} is no .npy or .npz file: it begins with {begin.hex(' ')}")
        if key is not None:
            raise DataError(f"{path} holds one array without a name; leave out key {key!r}")
        file.seek(0)
        size = path.stat().st_size
        dtype, shape, fortran = _header(file, size, str(path))
        start = file.tell()
        if mmap:
            if size == start:
                raise DataError(f"{path} holds an array of nothing, which cannot be mapped")
            order: Literal["C", "F"] = "F" if fortran else "C"
            mapped: NDArray[Any] = np.memmap(
                path, dtype=dtype, mode="r", offset=start, shape=shape, order=order
            )
            return mapped
        if size - start > max_bytes:
            raise DataError(f"{path} holds {size - start:,} bytes; {max_bytes:,} may be")
        return _checked(_made(file.read(), dtype, shape, fortran), path, finite)


def _of_archive(path: Path, key: str | None, max_bytes: int) -> NDArray[Any]:
    wanted = None if key is None else f"{key}.npy"
    found = dict(read_archive(path, lambda name: name.endswith(".npy"), max_bytes=max_bytes))
    names = [name.removesuffix(".npy") for name in found]
    if wanted is None and len(found) == 1:
        (wanted,) = found
    if wanted is None or wanted not in found:
        told = f"no array {key!r}" if key else "no single array: give a key"
        raise DataError(f"{path} holds {told}; it has {', '.join(names) or 'none'}")
    file = io.BytesIO(found[wanted])
    origin = f"{path}: {wanted}"
    if file.getvalue()[:6] != b"\x93NUMPY":
        raise DataError(f"{origin} is no array")
    about = _header(file, len(found[wanted]), origin)
    return _made(file.read(), *about)


def _header(file: IO[bytes], size: int, origin: str) -> tuple[np.dtype[Any], tuple[int, ...], bool]:
    """Read what a file claims to hold, and compare it with the bytes that follow."""
    try:
        version = npy.read_magic(file)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, dtype = read(file)
    except Exception as error:  # a forged header can be any text at all
        raise DataError(f"{origin} has a damaged header: {error}") from error
    if dtype.hasobject or dtype.kind not in "biufc":
        raise DataError(f"{origin} holds {dtype}, not plain numbers; no pickle is read here")
    claimed, held = math.prod(shape) * dtype.itemsize, size - file.tell()
    if claimed != held or any(n < 0 for n in shape):
        raise DataError(f"{origin} claims shape {shape}, {claimed:,} bytes; it holds {held:,}")
    return dtype, shape, fortran


def _made(
    content: bytes, dtype: np.dtype[Any], shape: tuple[int, ...], fortran: bool
) -> NDArray[Any]:
    return np.frombuffer(content, dtype).reshape(shape, order="F" if fortran else "C").copy()


def _checked(array: NDArray[Any], path: Path, finite: bool) -> NDArray[Any]:
    if finite and array.dtype.kind in "fc" and not (good := np.isfinite(array)).all():
        place = tuple(int(i[0]) for i in np.nonzero(~good))
        raise DataError(f"{path} holds {array[place]} at {place}")
    return array
