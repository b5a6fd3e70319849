"""Text that a model wrote, made safe to look at: control characters steer a terminal."""

from __future__ import annotations

__all__ = ["visible"]

# Each control character becomes the symbol that Unicode has for it; line ends and tabs stay.
_SYMBOLS = {code: 0x2400 + code for code in range(32) if chr(code) not in "\n\t"}
_SYMBOLS |= {0x7F: 0x2421} | dict.fromkeys(range(0x80, 0xA0), 0xFFFD)


def visible(text: str) -> str:
    r"""Replace the control characters of a text by symbols.

    Example:
        >>> visible("a\tred \x1b[31mrose\n")
        'a\tred ␛[31mrose\n'
    """
    return text.translate(_SYMBOLS)
