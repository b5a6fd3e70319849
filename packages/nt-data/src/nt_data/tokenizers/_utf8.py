"""Text and bytes: what the byte-level tokenizers do where the two do not meet."""

from __future__ import annotations

from nt_data._errors import TokenizerError

__all__ = ["to_text", "to_utf8"]


def to_utf8(text: str) -> bytes:
    r"""Give a text's bytes, or say which character has none.

    Example:
        >>> to_utf8("é")
        b'\xc3\xa9'
    """
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise TokenizerError(
            f"character U+{ord(text[error.start]):04X} at position {error.start} is a lone "
            "surrogate: it is no text and has no UTF-8; give the bytes to encode_bytes instead"
        ) from error


def to_text(data: bytes) -> str:
    r"""Give the text of bytes; each part that is not UTF-8 becomes U+FFFD.

    A model can stop in the middle of a character, so this must not be an error.

    Example:
        >>> to_text(b"caf\xc3")
        'caf�'
    """
    return data.decode("utf-8", "replace")
