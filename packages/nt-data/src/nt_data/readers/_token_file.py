"""Tokens on disk, mapped into memory: a corpus may be larger than memory."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.lib import format as npy
from numpy.typing import ArrayLike, NDArray

from nt_data._errors import DataError
from nt_data.readers._array import read_array

__all__ = ["TokenFile"]

_HEADER = 128  # bytes, of an .npy file whose length is written last


class TokenFile:
    """A file of tokens of which only what is looked at comes into memory.

    It is an .npy file of uint16, or of uint32 where the vocabulary needs it, so that `numpy.load`
    reads it as well. Its windows are `SlidingWindows(TokenFile(path).tokens, length)`.

    Args:
        path: the file.

    Raises:
        DataError: it is no such file, is damaged or cut short.
        OSError: it cannot be read.

    Example:
        >>> import tempfile
        >>> from nt_data import SlidingWindows
        >>> folder = tempfile.TemporaryDirectory()
        >>> file = TokenFile.write(folder.name + "/a.npy", [[5, 6], [7, 8]], vocab_size=50_257)
        >>> len(file), file.tokens.dtype, SlidingWindows(file.tokens, length=2)[1]
        (4, dtype('uint16'), (array([6, 7]), array([7, 8])))
        >>> del file
        >>> folder.cleanup()
    """

    path: Path
    tokens: NDArray[np.unsignedinteger[Any]]  # (tokens,), mapped, read-only

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.tokens = read_array(path, mmap=True)
        if self.tokens.ndim != 1 or self.tokens.dtype not in (np.uint16, np.uint32):
            raise DataError(
                f"{path} holds {self.tokens.dtype} of shape {self.tokens.shape}, not tokens: "
                "uint16 or uint32 in one dimension"
            )

    def __len__(self) -> int:
        return len(self.tokens)

    @classmethod
    def write(
        cls, path: str | os.PathLike[str], pieces: Iterable[ArrayLike], *, vocab_size: int
    ) -> Self:
        """Write pieces of tokens one after the other; only one is in memory at a time.

        The file gets its name when it is whole: what was there before stays until then, and
        stays for good if a piece fails.

        Args:
            path: the file.
            pieces: integers in one dimension each, such as a tokenizer's for `stream_text`'s.
            vocab_size: tokens are below it; up to 65,536 they take two bytes, beyond that four.

        Raises:
            DataError: no tokens at all, or one that is not below `vocab_size`; names the place.
            ValueError: `vocab_size` is not from 1 to 2^32, or a piece is no row of integers.
            OSError: the file cannot be written.

        Example:
            >>> import tempfile
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     TokenFile.write(folder + "/a.npy", [[1, 2], [300]], vocab_size=256)
            Traceback (most recent call last):
                ...
            nt_data...DataError: token 300 at 2 is not below vocab_size (256)
        """
        if not 1 <= vocab_size <= 2**32:
            raise ValueError(f"vocab_size ({vocab_size}) must be from 1 to 2^32")
        dtype = np.dtype("<u2" if vocab_size <= 2**16 else "<u4")
        path = Path(path)
        beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        count = 0
        try:
            with beside.open("xb") as file:
                file.write(bytes(_HEADER))
                for piece in pieces:
                    tokens = _checked(piece, vocab_size, count)
                    file.write(tokens.astype(dtype).tobytes())
                    count += len(tokens)
                if count == 0:
                    raise DataError(f"no tokens came for {path}")
                file.seek(0)
                file.write(_header(dtype, count))
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        return cls(path)


def _checked(piece: ArrayLike, vocab_size: int, before: int) -> NDArray[Any]:
    tokens = np.asarray(piece)
    if tokens.size == 0:
        return tokens.reshape(-1)
    if tokens.ndim != 1 or tokens.dtype.kind not in "iu":
        raise ValueError(
            f"a piece must be integers in one dimension, got {tokens.dtype} of {tokens.shape}"
        )
    if (wrong := np.flatnonzero((tokens < 0) | (tokens >= vocab_size))).size:
        place = int(wrong[0])
        raise DataError(
            f"token {tokens[place]} at {before + place} is not below vocab_size ({vocab_size})"
        )
    return tokens


def _header(dtype: np.dtype[Any], count: int) -> bytes:
    about = f"{{'descr': '{dtype.str}', 'fortran_order': False, 'shape': ({count},), }}"
    magic = npy.magic(1, 0)
    length = _HEADER - len(magic) - 2
    return magic + length.to_bytes(2, "little") + about.ljust(length - 1).encode() + b"\n"
