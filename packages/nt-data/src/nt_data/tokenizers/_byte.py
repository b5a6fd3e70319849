"""One token a byte: nothing to train, nothing unknown."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from nt_data.tokenizers._bpe import BPETokenizer
from nt_data.tokenizers._byte_alphabet import PRINTABLE
from nt_data.tokenizers._given import check_text
from nt_data.tokenizers._tokenizer import Ids
from nt_data.tokenizers._utf8 import to_utf8

__all__ = ["ByteTokenizer"]


class ByteTokenizer(BPETokenizer):
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

    def __init__(self) -> None:
        super().__init__([bytes([byte]) for byte in range(256)], [])

    def encode(
        self,
        text: str,
        pair: str | None = None,
        *,
        add_special_tokens: bool = True,
        special: bool = True,
    ) -> Ids:
        """Turn text into the bytes of its UTF-8.

        Raises:
            TokenizerError: the text holds a lone surrogate, for which UTF-8 has no bytes.
            TypeError: `text` or `pair` is no string.

        Example:
            >>> ByteTokenizer().encode("A")
            array([65], dtype=uint8)
        """
        if pair is not None or self._added.by_id or self.truncation or self.padding:
            return super().encode(
                text, pair, add_special_tokens=add_special_tokens, special=special
            )
        check_text("text", text)
        return self.encode_bytes(to_utf8(text))

    def encode_bytes(self, data: bytes, *, special: bool = True) -> Ids:
        r"""Turn any bytes into ids.

        Example:
            >>> ByteTokenizer().encode_bytes(b"\xff")
            array([255], dtype=uint8)
        """
        if self._added.by_id:
            return super().encode_bytes(data, special=special)
        return np.frombuffer(data, np.uint8).copy()

    def decode_bytes(self, ids: ArrayLike, *, skip_special_tokens: bool = False) -> bytes:
        r"""Turn ids back into exactly the bytes that they came from.

        Example:
            >>> ByteTokenizer().decode_bytes([255])
            b'\xff'
        """
        if self._added.by_id:
            return super().decode_bytes(ids, skip_special_tokens=skip_special_tokens)
        return self._checked_ids(ids).astype(np.uint8).tobytes()

    @staticmethod
    def _is(vocab: object) -> bool:
        return vocab == {PRINTABLE[byte]: byte for byte in range(256)}
