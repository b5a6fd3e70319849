"""Text files: whole, or line by line where one is larger than memory."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from pathlib import Path

from nt_data._errors import TextError

__all__ = ["decoded", "read_text", "stream_text"]


def read_text(path: str | os.PathLike[str], encoding: str = "utf-8") -> str:
    r"""Read a text file whole; a byte order mark at the start is no part of the text.

    Args:
        path: the file.
        encoding: what it is written in: utf-8, latin-1, cp1252, utf-16, ...

    Raises:
        TextError: the file is empty, binary, or of another encoding; names the byte.
        OSError: it cannot be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "menu.txt")
        ...     _ = path.write_bytes("café".encode("latin-1"))
        ...     print(read_text(path, "latin-1"))
        ...     read_text(path)
        Traceback (most recent call last):
            ...
        nt_data...TextError: ...menu.txt is no UTF-8 text: byte 0xe9 at offset 3
    """
    return decoded(Path(path).read_bytes(), os.fspath(path), encoding)


def stream_text(
    path: str | os.PathLike[str], encoding: str = "utf-8", *, block: int = 2**20
) -> Iterator[str]:
    r"""Give a text file piece by piece, each ending with a line, so that memory holds one piece.

    With `TokenFile.write`, a corpus that is larger than memory becomes tokens.

    Args:
        path: the file.
        encoding: what it is written in.
        block: about how many bytes a piece has; a longer line stays whole.

    Raises:
        TextError: the file is empty, binary, or of another encoding; names the byte. Pieces
            before it have then been given.
        OSError: it cannot be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "a.txt")
        ...     _ = path.write_text("one\ntwo\nthree")
        ...     list(stream_text(path, block=5))
        ['one\n', 'two\n', 'three']
    """
    if block < 1:
        raise ValueError(f"block ({block}) must be at least 1")
    wide = _codec(encoding).startswith(("utf-16", "utf-32"))
    decoder = codecs.getincrementaldecoder(encoding)()
    rest, offset = "", 0
    with Path(path).open("rb") as file:
        while True:
            content = file.read(block)
            if not wide and (place := content.find(b"\0")) >= 0:
                raise TextError(f"{path} looks binary: zero byte at offset {offset + place}")
            kept = len(decoder.getstate()[0])  # bytes of a character that is not whole yet
            try:
                text = decoder.decode(content, final=not content)
            except UnicodeDecodeError as error:
                raise _wrong(
                    path, encoding, error.object[error.start], offset - kept + error.start
                ) from error
            if offset == 0:
                if not content:
                    raise TextError(f"{path} is empty")
                text = text.removeprefix("\ufeff")
            offset += len(content)
            rest += text
            if not content:
                break
            if (end := rest.rfind("\n") + 1) > 0:
                yield rest[:end]
                rest = rest[end:]
    if rest:
        yield rest


def decoded(data: bytes, origin: str, encoding: str = "utf-8") -> str:
    r"""Read bytes as text; a byte order mark at the start is no part of it.

    Raises:
        TextError: no bytes, bytes that are not of this encoding, or a zero character, which no
            text has.

    Example:
        >>> decoded(b"caf\xc3\xa9", "menu.txt")
        'café'
        >>> decoded(b"\x89PNG", "logo.png")
        Traceback (most recent call last):
            ...
        nt_data...TextError: logo.png is no UTF-8 text: byte 0x89 at offset 0
    """
    if not data:
        raise TextError(f"{origin} is empty")
    wide = _codec(encoding).startswith(("utf-16", "utf-32"))  # zero bytes belong there
    if not wide and (place := data.find(b"\0")) >= 0:
        raise TextError(f"{origin} looks binary: zero byte at offset {place}")
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise _wrong(origin, encoding, data[error.start], error.start) from error
    if (place := text.find("\0")) >= 0:
        raise TextError(f"{origin} looks binary: zero character at {place}")
    return text


def _wrong(origin: object, encoding: str, byte: int, offset: int) -> TextError:
    return TextError(
        f"{origin} is no {encoding.upper()} text: byte 0x{byte:02x} at offset {offset}"
    )


def _codec(encoding: str) -> str:
    """Give an encoding's own name."""
    try:
        "".encode(encoding)  # of text: base64 and the like are refused
        return codecs.lookup(encoding).name
    except LookupError as error:
        raise TextError(f"encoding {encoding!r} is unknown: try utf-8, latin-1, cp1252") from error
