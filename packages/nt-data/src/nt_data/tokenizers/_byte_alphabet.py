"""GPT-2's names for the 256 bytes: one printable character each, so that files stay readable.

Bytes that Latin-1 shows as a visible character keep it; the others (controls, space, the soft
hyphen) get the code points from 256 on, in order. So a space is written `Ġ` and a line feed `Ċ`.
Source: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019, `encoder.py`.
"""

from __future__ import annotations

from nt_data._errors import TokenizerError

__all__ = ["BYTE_OF", "BYTE_ORDER", "PRINTABLE", "from_printable", "to_printable"]

_VISIBLE = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
_HIDDEN = [byte for byte in range(256) if byte not in _VISIBLE]

PRINTABLE: dict[int, str] = {byte: chr(byte) for byte in _VISIBLE} | {
    byte: chr(256 + i) for i, byte in enumerate(_HIDDEN)
}
BYTE_ORDER: list[int] = [*_VISIBLE, *_HIDDEN]  # the bytes in the order of their characters
BYTE_OF = {character: byte for byte, character in PRINTABLE.items()}


def to_printable(data: bytes) -> str:
    r"""Write bytes in printable characters.

    Example:
        >>> to_printable(b" the\n")
        'ĠtheĊ'
    """
    return "".join([PRINTABLE[byte] for byte in data])


def from_printable(text: str) -> bytes:
    r"""Read the bytes that printable characters stand for.

    Example:
        >>> from_printable("ĠtheĊ")
        b' the\n'
    """
    try:
        return bytes([BYTE_OF[character] for character in text])
    except KeyError as error:
        raise TokenizerError(
            f"{error.args[0]!r} in token {text!r} is not one of the 256 characters that stand "
            "for bytes"
        ) from error
