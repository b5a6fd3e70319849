"""A text in parts: one to learn from, one to be judged by, and perhaps one for the end."""

from __future__ import annotations

from dataclasses import dataclass, field

from nt_data._errors import TextError

__all__ = ["TextSplit", "first_bytes", "split_by_position"]


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
