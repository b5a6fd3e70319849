"""Byte-level byte-pair encoding, as in GPT-2: frequent byte sequences become tokens."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from nt_data._errors import TokenizerError
from nt_data.tokenizers._added_tokens import AddedToken
from nt_data.tokenizers._bpe_train import learn_merges
from nt_data.tokenizers._byte_alphabet import from_printable, to_printable
from nt_data.tokenizers._gpt2_pattern import pieces
from nt_data.tokenizers._model_bpe import BPE
from nt_data.tokenizers._pre_tokenizers import ByteLevel
from nt_data.tokenizers._tokenizer import Ids, Tokenizer
from nt_data.tokenizers._training import check_special_tokens, texts_without
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
    model: BPE

    def __init__(
        self,
        vocabulary: Sequence[bytes],
        merges: Sequence[tuple[int, int]],
        special_tokens: Mapping[str, int] | None = None,
    ) -> None:
        special = dict(special_tokens or {})
        names = _names(list(vocabulary), special)
        level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False,
                 "use_regex": True}  # fmt: skip
        super().__init__(
            {
                "added_tokens": [
                    AddedToken(name, special=True)._spec(i) for name, i in special.items()
                ],
                "pre_tokenizer": level,
                "decoder": level,
                "model": {
                    "type": "BPE", "dropout": None, "unk_token": None,
                    "continuing_subword_prefix": None, "end_of_word_suffix": None,
                    "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                    "vocab": {name: i for i, name in enumerate(names)},
                    "merges": _named_merges(names, list(merges), set(special.values())),
                },
            }
        )  # fmt: skip

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
            text: what to learn from; of an empty one, the bytes and the special tokens remain.
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
        check_special_tokens(special_tokens, vocab_size, 256, "256 bytes", min_count)
        counts = Counter(chain.from_iterable(map(pieces, texts_without(text, special_tokens))))
        learned, merges = learn_merges(
            {to_utf8(piece): count for piece, count in counts.items()},
            vocab_size - len(special_tokens),
            min_count=min_count,
        )
        shift = len(special_tokens)
        return cls(
            [to_utf8(name) for name in special_tokens] + learned,
            [(left + shift, right + shift) for left, right in merges],
            {name: i for i, name in enumerate(special_tokens)},
        )

    @cached_property
    def vocabulary(self) -> list[bytes]:
        """The bytes of each token, by id; a special token's are its name's."""
        added = self._added.by_id
        return [
            to_utf8(name) if i in added else from_printable(name)
            for i, name in enumerate(self.token_strings())
        ]

    @cached_property
    def merges(self) -> list[tuple[int, int]]:
        """The pairs of ids in the order in which they apply."""
        ranked = self.model.merges
        return sorted(ranked, key=lambda pair: ranked[pair][0])

    def encode_bytes(self, data: bytes, *, special: bool = True) -> Ids:
        r"""Turn any bytes into ids; UTF-8 gives the ids of its text.

        Example:
            >>> tokenizer = BPETokenizer.train("", 256, special_tokens=())
            >>> tokenizer.decode_bytes(tokenizer.encode_bytes(b"\xff\x00a"))
            b'\xff\x00a'
        """
        text = data.decode("utf-8", "surrogateescape")
        return np.array(self._ids_of_any(text, special), self.dtype)

    def decode(self, ids: ArrayLike, *, skip_special_tokens: bool = False) -> str:
        """Turn ids back into text; bytes that are not UTF-8 become U+FFFD.

        Raises:
            TokenizerError: an id is outside the vocabulary.

        Example:
            >>> BPETokenizer.train("the the", 259).decode([258, 0])
            'the<|endoftext|>'
        """
        return to_text(self.decode_bytes(ids, skip_special_tokens=skip_special_tokens))

    def decode_bytes(self, ids: ArrayLike, *, skip_special_tokens: bool = False) -> bytes:
        """Turn ids back into exactly the bytes that they came from.

        Example:
            >>> BPETokenizer.train("the the", 259).decode_bytes([258, 0])
            b'the<|endoftext|>'
        """
        kept = self._checked_ids(ids).tolist()
        if skip_special_tokens:
            special = set(self.special_tokens.values())
            kept = [i for i in kept if i not in special]
        return b"".join(map(self.vocabulary.__getitem__, kept))

    def _set_added(self, tokens: list[AddedToken]) -> None:
        super()._set_added(tokens)
        self.__dict__.pop("vocabulary", None)


def is_byte_level(tokenizer: Tokenizer) -> bool:
    """Say whether a tokenizer is one that writes any bytes and gives them back."""
    stages, model = tokenizer._stages, tokenizer.model
    return (
        isinstance(model, BPE)
        and len(stages) == 1
        and isinstance(stages[0], ByteLevel)
        and not stages[0].prefix_space
        and tokenizer._normalizer is None
        and tokenizer._decoder_kind == "ByteLevel"
        and not (model.prefix or model.suffix)
        and all(to_printable(bytes([byte])) in model.vocab for byte in range(256))
        and set(range(tokenizer.vocab_size)) == {*model.names, *tokenizer._added.by_id}
        and all(
            _printable(name) for i, name in model.names.items() if i not in tokenizer._added.by_id
        )
    )


_PRINTABLE = re.compile("[" + re.escape(to_printable(bytes(range(256)))) + "]+")


def _printable(name: str) -> bool:
    return _PRINTABLE.fullmatch(name) is not None


def _names(vocabulary: list[bytes], special: dict[str, int]) -> list[str]:
    """Name the tokens, each once."""
    named = {i: name for name, i in special.items()}
    for name, i in special.items():
        if not name or not 0 <= i < len(vocabulary) or vocabulary[i] != to_utf8(name):
            raise TokenizerError(f"special token {name!r} (id {i}) is not in the vocabulary")
    names = [named.get(i, to_printable(token)) for i, token in enumerate(vocabulary)]
    seen: set[str] = set()
    for i, name in enumerate(names):
        if not name or name in seen:
            raise TokenizerError(
                f"token {i} of the vocabulary ({vocabulary[i]!r}) is empty or repeated"
            )
        seen.add(name)
    missing = [b for b in range(256) if to_printable(bytes([b])) not in seen - special.keys()]
    if missing:
        raise TokenizerError(
            f"the vocabulary lacks {len(missing)} of the 256 single bytes, first 0x{missing[0]:02x}"
        )
    return names


def _named_merges(
    names: list[str], merges: list[tuple[int, int]], special: set[int]
) -> list[list[str]]:
    ordinary = {name for i, name in enumerate(names) if i not in special}
    seen: set[tuple[int, int]] = set()
    for rank, (left, right) in enumerate(merges):
        inside = 0 <= left < len(names) and 0 <= right < len(names)
        if not inside or names[left] + names[right] not in ordinary or (left, right) in seen:
            raise TokenizerError(
                f"merge {rank} ({left}, {right}) is repeated or makes no token of the vocabulary "
                f"of {len(names)}"
            )
        seen.add((left, right))
    return [[names[left], names[right]] for left, right in merges]
