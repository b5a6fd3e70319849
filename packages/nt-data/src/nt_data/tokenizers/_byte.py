"""One token a byte: nothing to train, nothing unknown."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from nt_data.tokenizers._base import Ids, Tokenizer
from nt_data.tokenizers._byte_alphabet import PRINTABLE
from nt_data.tokenizers._utf8 import to_text, to_utf8

__all__ = ["ByteTokenizer"]


class ByteTokenizer(Tokenizer):
    r"""The 256 bytes of UTF-8 as tokens.

    Example:
        >>> tokenizer = ByteTokenizer()
        >>> tokenizer.encode("né")
        array([110, 195, 169], dtype=uint8)
        >>> tokenizer.decode(tokenizer.encode("né"))
        'né'
        >>> tokenizer.decode_bytes(tokenizer.encode_bytes(b"\xff\x00"))
        b'\xff\x00'
    """

    kind: ClassVar[str] = "byte"

    @property
    def vocab_size(self) -> int:
        """Always 256."""
        return 256

    def encode(self, text: str) -> Ids:
        """Turn text into the bytes of its UTF-8.

        Raises:
            TokenizerError: the text holds a lone surrogate, for which UTF-8 has no bytes.

        Example:
            >>> ByteTokenizer().encode("A")
            array([65], dtype=uint8)
        """
        return self.encode_bytes(to_utf8(text))

    def decode(self, ids: ArrayLike) -> str:
        """Turn ids back into text; bytes that are not UTF-8 become U+FFFD.

        Example:
            >>> ByteTokenizer().decode([65, 255])
            'A�'
        """
        return to_text(self.decode_bytes(ids))

    def encode_bytes(self, data: bytes) -> Ids:
        r"""Turn any bytes into ids.

        Example:
            >>> ByteTokenizer().encode_bytes(b"\xff")
            array([255], dtype=uint8)
        """
        return np.frombuffer(data, np.uint8).copy()

    def decode_bytes(self, ids: ArrayLike) -> bytes:
        r"""Turn ids back into exactly the bytes that they came from.

        Example:
            >>> ByteTokenizer().decode_bytes([255])
            b'\xff'
        """
        return self._checked_ids(ids).astype(np.uint8).tobytes()

    def token_strings(self) -> list[str]:
        """Name every byte by a printable character.

        Example:
            >>> ByteTokenizer().token_strings()[97]
            'a'
        """
        return [PRINTABLE[byte] for byte in range(256)]

    def _fields(self) -> dict[str, Any]:
        return {}

    @classmethod
    def _from_fields(cls, fields: dict[str, Any]) -> ByteTokenizer:
        return cls()
