"""Byte-level byte-pair encoding, as in GPT-2: frequent byte sequences become tokens."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from nt_data._errors import TokenizerError
from nt_data.tokenizers._base import Ids, Tokenizer
from nt_data.tokenizers._bpe_merge import Merges, merge_piece
from nt_data.tokenizers._bpe_train import learn_merges
from nt_data.tokenizers._byte_alphabet import from_printable, to_printable
from nt_data.tokenizers._pretokenize import pieces
from nt_data.tokenizers._utf8 import to_text, to_utf8

__all__ = ["BPETokenizer"]


class BPETokenizer(Tokenizer):
    """Byte-level BPE: every byte is a token, and so are the sequences that training found frequent.

    Text is cut into pieces by GPT-2's pattern; in each piece, neighbours are merged, earliest
    learned merge first. No text is unknown and none is changed: `decode(encode(text)) == text`
    for every text, `decode_bytes(encode_bytes(data)) == data` for all bytes, UTF-8 or not.

    Args:
        vocabulary: the bytes of each token, by id; the 256 single bytes are among them.
        merges: pairs of ids in the order in which they apply; the joined bytes are a token.
        special_tokens: name -> id of tokens that stand for themselves wherever the text has the
            name, and that no merge makes, such as `<|endoftext|>`.

    Raises:
        TokenizerError: the three do not fit together; says where.

    Example:
        >>> tokenizer = BPETokenizer.train("the hat, the cat" * 2, vocab_size=262)
        >>> tokenizer.encode("the chat<|endoftext|>")
        array([259, 221,  67, 261,   0], dtype=uint16)
        >>> [tokenizer.token_strings()[i] for i in (259, 221, 67, 261, 0)]
        ['the', 'Ġ', 'c', 'hat', '<|endoftext|>']

    Source: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019, §2.2.
    """

    kind: ClassVar[str] = "bpe"
    vocabulary: Sequence[bytes]  # id -> bytes; a special token's are its name
    merges: Sequence[tuple[int, int]]
    special_tokens: Mapping[str, int]

    def __init__(
        self,
        vocabulary: Sequence[bytes],
        merges: Sequence[tuple[int, int]],
        special_tokens: Mapping[str, int] | None = None,
    ) -> None:
        self.vocabulary = list(vocabulary)
        self.merges = list(merges)
        self.special_tokens = dict(special_tokens or {})
        ordinary = _ordinary_tokens(self.vocabulary, self.special_tokens)
        self._pieces = _PieceCache(
            bytes_to_ids=[ordinary[bytes([byte])] for byte in range(256)],
            merges=_rank(self.vocabulary, self.merges, ordinary),
        )
        # The longest first, so that no special token hides behind another that begins it.
        names = sorted(self.special_tokens, key=len, reverse=True)
        self._special = re.compile(f"({'|'.join(map(re.escape, names))})") if names else None

    @classmethod
    def train(
        cls,
        text: str | Iterable[str],
        vocab_size: int,
        *,
        special_tokens: Sequence[str] = ("<|endoftext|>",),
        min_count: int = 2,
    ) -> BPETokenizer:
        """Learn a vocabulary from a text, or from several.

        Ids: the special tokens, the 256 bytes in the order of GPT-2's names for them, then one
        token a merge. The most frequent pair is merged first, ties to the smaller pair of ids.

        Args:
            text: what to learn from.
            vocab_size: how many tokens to have, special tokens and bytes included. The result has
                fewer if the text has no more pairs that occur `min_count` times.
            special_tokens: names, in the order of their ids from 0 on. Where they stand in the
                text, it is cut.
            min_count: how often a pair must occur to be merged.

        Raises:
            TokenizerError: `vocab_size` has no room for the bytes and the special tokens.

        Example:
            >>> BPETokenizer.train(["aa ab", "aa"], 258, special_tokens=()).token_strings()[256:]
            ['aa']
        """
        room = len(special_tokens) + 256
        if vocab_size < room:
            raise TokenizerError(
                f"vocab_size ({vocab_size}) must be at least {room}: 256 bytes and "
                f"{len(special_tokens)} special tokens"
            )
        if min_count < 1:
            raise TokenizerError(f"min_count ({min_count}) must be at least 1")
        special = {name: i for i, name in enumerate(special_tokens)}
        if len(special) < len(special_tokens):
            raise TokenizerError(f"special_tokens {list(special_tokens)} repeat a name")
        texts = [text] if isinstance(text, str) else text
        cut = re.compile("|".join(map(re.escape, special))) if special else None
        parts = chain.from_iterable(cut.split(one) if cut else [one] for one in texts)
        counts = Counter(chain.from_iterable(map(pieces, parts)))
        learned, merges = learn_merges(
            {to_utf8(piece): count for piece, count in counts.items()},
            vocab_size - len(special),
            min_count=min_count,
        )
        shift = len(special)
        return cls(
            [to_utf8(name) for name in special] + learned,
            [(left + shift, right + shift) for left, right in merges],
            special,
        )

    @property
    def vocab_size(self) -> int:
        """How many ids there are, special tokens included."""
        return len(self.vocabulary)

    def encode(self, text: str, *, special: bool = True) -> Ids:
        """Turn text into ids, (tokens,).

        Args:
            text: any text.
            special: whether a special token's name in the text becomes that token; otherwise it
                is read as the ordinary characters that it is written with.

        Raises:
            TokenizerError: the text holds a lone surrogate, for which UTF-8 has no bytes.

        Example:
            >>> BPETokenizer.train("the the", 259).encode("the<|endoftext|>")
            array([258,   0], dtype=uint16)
        """
        to_utf8(text)  # refuses lone surrogates: below, they stand for bytes that are not UTF-8
        return self._encode(text, special)

    def encode_bytes(self, data: bytes, *, special: bool = True) -> Ids:
        r"""Turn any bytes into ids; UTF-8 gives the ids of its text.

        Example:
            >>> tokenizer = BPETokenizer.train("", 256, special_tokens=())
            >>> tokenizer.decode_bytes(tokenizer.encode_bytes(b"\xff\x00a"))
            b'\xff\x00a'
        """
        return self._encode(data.decode("utf-8", "surrogateescape"), special)

    def decode(self, ids: ArrayLike) -> str:
        """Turn ids back into text; bytes that are not UTF-8 become U+FFFD.

        Raises:
            TokenizerError: an id is outside the vocabulary.

        Example:
            >>> BPETokenizer.train("the the", 259).decode([258, 0])
            'the<|endoftext|>'
        """
        return to_text(self.decode_bytes(ids))

    def decode_bytes(self, ids: ArrayLike) -> bytes:
        """Turn ids back into exactly the bytes that they came from.

        Example:
            >>> BPETokenizer.train("the the", 259).decode_bytes([258, 0])
            b'the<|endoftext|>'
        """
        return b"".join(map(self.vocabulary.__getitem__, self._checked_ids(ids).tolist()))

    def token_strings(self) -> list[str]:
        """Name every token by id, its bytes in GPT-2's printable characters.

        Example:
            >>> BPETokenizer.train(" a a", 258).token_strings()[-1]
            'Ġa'
        """
        name_of = {i: name for name, i in self.special_tokens.items()}
        return [name_of.get(i) or to_printable(data) for i, data in enumerate(self.vocabulary)]

    def _encode(self, text: str, special: bool) -> Ids:
        chunks = self._pieces_ids(text) if not special else self._with_special(text)
        return np.fromiter(chain.from_iterable(chunks), self.dtype)

    def _with_special(self, text: str) -> Iterator[Sequence[int]]:
        if self._special is None:
            return self._pieces_ids(text)
        parts = enumerate(self._special.split(text))  # ordinary, special, ordinary, ...
        return chain.from_iterable(
            [(self.special_tokens[part],)] if i % 2 else self._pieces_ids(part) for i, part in parts
        )

    def _pieces_ids(self, text: str) -> Iterator[Sequence[int]]:
        return map(self._pieces.__getitem__, pieces(text))

    def _fields(self) -> dict[str, Any]:
        return {
            "special_tokens": dict(self.special_tokens),
            "vocabulary": self.token_strings(),
            "merges": [list(pair) for pair in self.merges],
        }

    @classmethod
    def _from_fields(cls, fields: dict[str, Any]) -> BPETokenizer:
        names = fields["vocabulary"]
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise TokenizerError("the vocabulary must be a list of strings")
        special = {str(name): int(i) for name, i in dict(fields["special_tokens"]).items()}
        named = set(special.values())
        vocabulary = [
            to_utf8(name) if i in named else from_printable(name) for i, name in enumerate(names)
        ]
        return cls(vocabulary, [(int(a), int(b)) for a, b in fields["merges"]], special)


class _PieceCache(dict[str, tuple[int, ...]]):
    """The ids of pieces already met: most of a text's pieces come again."""

    LIMIT = 1 << 18  # pieces kept; then it starts anew
    LONGEST = 64  # characters of a piece worth keeping

    def __init__(self, bytes_to_ids: Sequence[int], merges: Merges) -> None:
        super().__init__()
        self._bytes_to_ids = bytes_to_ids
        self._merges = merges

    def __missing__(self, piece: str) -> tuple[int, ...]:
        data = piece.encode("utf-8", "surrogateescape")
        ids = tuple(merge_piece([self._bytes_to_ids[byte] for byte in data], self._merges))
        if len(piece) <= self.LONGEST:
            if len(self) >= self.LIMIT:
                self.clear()
            self[piece] = ids
        return ids


def _ordinary_tokens(vocabulary: list[bytes], special: dict[str, int]) -> dict[bytes, int]:
    for name, i in special.items():
        if not name or not 0 <= i < len(vocabulary) or vocabulary[i] != to_utf8(name):
            raise TokenizerError(f"special token {name!r} (id {i}) is not in the vocabulary")
    named = set(special.values())
    ordinary: dict[bytes, int] = {}
    for i, token in enumerate(vocabulary):
        if i in named:
            continue
        if not token or token in ordinary:
            raise TokenizerError(f"token {i} of the vocabulary ({token!r}) is empty or repeated")
        ordinary[token] = i
    missing = [byte for byte in range(256) if bytes([byte]) not in ordinary]
    if missing:
        raise TokenizerError(
            f"the vocabulary lacks {len(missing)} of the 256 single bytes, first 0x{missing[0]:02x}"
        )
    return ordinary


def _rank(
    vocabulary: list[bytes], merges: list[tuple[int, int]], ordinary: dict[bytes, int]
) -> Merges:
    ranked: dict[tuple[int, int], tuple[int, int]] = {}
    for rank, (left, right) in enumerate(merges):
        inside = 0 <= left < len(vocabulary) and 0 <= right < len(vocabulary)
        merged = ordinary.get(vocabulary[left] + vocabulary[right]) if inside else None
        if merged is None or (left, right) in ranked:
            raise TokenizerError(
                f"merge {rank} ({left}, {right}) is repeated or makes no token of the vocabulary "
                f"of {len(vocabulary)}"
            )
        ranked[left, right] = (rank, merged)
    return ranked
