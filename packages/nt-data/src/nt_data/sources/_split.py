"""A text in parts: one to learn from, one to be judged by, and perhaps one for the end."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field

from nt_data._errors import TextError

__all__ = ["TextSplit", "codecs_name", "decoded", "first_bytes", "split_by_position"]


@dataclass(frozen=True)
class TextSplit:
    """A text, its split, and where it is from.

    Example:
        >>> TextSplit("toy", "to be or not", " to be", split="first 12 characters / the rest")
        TextSplit(name='toy', split='first 12 characters / the rest', licence='', url='')
    """

    name: str
    train: str = field(repr=False)
    validation: str = field(repr=False)
    split: str  # how the parts were made
    licence: str = ""
    url: str = ""  # where the text is published; empty if it is the user's own
    test: str = field(default="", repr=False)  # only where one is published


def split_by_position(text: str, *, percent: int = 90) -> tuple[str, str]:
    """Cut a text after the first `percent` of its characters.

    Raises:
        TextError: the text is too short to have two parts.

    Example:
        >>> split_by_position("0123456789")
        ('012345678', '9')
    """
    cut = len(text) * percent // 100
    if cut == 0:
        raise TextError(
            f"a text of {len(text)} characters is too short for a training and a validation part"
        )
    return text[:cut], text[cut:]


def decoded(data: bytes, origin: str, encoding: str = "utf-8") -> str:
    r"""Read bytes as text; a byte order mark at the start is no part of it.

    Raises:
        TextError: no bytes, bytes that are not of this encoding, or a zero character, which no
            text has.

    Example:
        >>> decoded(b"caf\xc3\xa9", "menu.txt")
        'café'
        >>> decoded(b"caf\xe9", "menu.txt", "latin-1")
        'café'
        >>> decoded(b"\x89PNG", "logo.png")
        Traceback (most recent call last):
            ...
        nt_data...TextError: logo.png is no UTF-8 text: byte 0x89 at offset 0
    """
    if not data:
        raise TextError(f"{origin} is empty")
    wide = codecs_name(encoding).startswith(("utf-16", "utf-32"))  # zero bytes belong there
    if not wide and (place := data.find(b"\0")) >= 0:
        raise TextError(f"{origin} looks binary: zero byte at offset {place}")
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise TextError(
            f"{origin} is no {encoding.upper()} text: byte 0x{data[error.start]:02x} at offset "
            f"{error.start}"
        ) from error
    if wide and (place := text.find("\0")) >= 0:
        raise TextError(f"{origin} looks binary: zero character at {place}")
    return text


def codecs_name(encoding: str) -> str:
    """Give an encoding's own name.

    Raises:
        TextError: Python knows no such encoding of text.

    Example:
        >>> codecs_name("UTF8")
        'utf-8'
    """
    try:
        "".encode(encoding)
        return codecs.lookup(encoding).name
    except LookupError as error:
        raise TextError(
            f"encoding {encoding!r} is unknown; try utf-8, latin-1 or cp1252"
        ) from error


def first_bytes(text: str, most: int | None) -> str:
    """Cut a text after the last character that ends within its first `most` bytes of UTF-8.

    Example:
        >>> first_bytes("née", 2), first_bytes("née", None)
        ('n', 'née')
    """
    if most is None:
        return text
    if most < 1:
        raise TextError(f"max_bytes ({most}) must be at least 1")
    return text.encode("utf-8")[:most].decode("utf-8", "ignore")
