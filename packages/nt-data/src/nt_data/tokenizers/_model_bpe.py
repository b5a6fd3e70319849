"""Byte-pair encoding: characters, whose neighbours are merged, earliest learned merge first.

Source: Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units", 2016, §3.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate

from nt_data._errors import TokenizerError
from nt_data.tokenizers._bpe_merge import Merges, merge_piece
from nt_data.tokenizers._fields import Fields
from nt_data.tokenizers._models import Model, Token, names_of

__all__ = ["BPE"]


class BPE(Model):
    """A vocabulary with merges.

    Args:
        vocab: token -> id.
        merges: pairs of ids -> (rank, id of what they make).
        unk: the id for characters without one; None drops them.
        prefix: what characters inside a word bear before them.
        suffix: what the last character of a word bears behind it.
        fuse_unk: whether neighbouring unknown characters are one token.
        byte_fallback: whether unknown characters are written as their bytes, `<0x0A>`.
        ignore_merges: whether a word that is a token is one whatever the merges say.
        whole_words: words for which that holds in any case.
    """

    def __init__(
        self,
        vocab: Mapping[str, int],
        merges: Merges,
        *,
        unk: int | None = None,
        prefix: str = "",
        suffix: str = "",
        fuse_unk: bool = False,
        byte_fallback: bool = False,
        ignore_merges: bool = False,
        whole_words: frozenset[str] = frozenset(),
    ) -> None:
        self.vocab = vocab
        self.names = names_of(vocab)
        self.size = len(vocab)
        self.merges = merges
        self.unk = unk
        self.prefix = prefix
        self.suffix = suffix
        self.fuse_unk = fuse_unk
        self.byte_fallback = byte_fallback
        self.ignore_merges = ignore_merges
        self.whole_words = whole_words

    @classmethod
    def make(cls, spec: Fields) -> BPE:
        """Read the model from a tokenizer file."""
        if spec.get("dropout", None) not in (None, 0, 0.0):
            raise TokenizerError(
                f"{spec.where}.dropout is {spec.get('dropout')!r}: encoding would be random; "
                "it is not supported, set it to null"
            )
        vocab = spec.vocabulary("vocab")
        prefix = spec.optional_text("continuing_subword_prefix") or ""
        unk = spec.optional_text("unk_token")
        flags = {
            name: spec.get(name, None) is not None and spec.flag(name)
            for name in ("fuse_unk", "byte_fallback", "ignore_merges")
        }
        return cls(
            vocab,
            _merges(spec, vocab, len(prefix)),
            unk=None if unk is None else vocab.get(unk, -1),
            prefix=prefix,
            suffix=spec.optional_text("end_of_word_suffix") or "",
            fuse_unk=flags["fuse_unk"],
            byte_fallback=flags["byte_fallback"],
            ignore_merges=flags["ignore_merges"],
            whole_words=frozenset(map(str, spec.list("whole_words", []))),
        )

    def ids(self, word: str) -> Sequence[int]:
        if (whole := self._whole(word)) is not None:
            return (whole,)
        return merge_piece(self._symbols(word)[0], self.merges)[0]

    def tokenize(self, word: str) -> list[Token]:
        if (whole := self._whole(word)) is not None:
            return [(whole, word, 0, len(word))]
        symbols, lengths = self._symbols(word)
        ids, places = merge_piece(symbols, self.merges)
        ends = [0, *accumulate(lengths)]  # of the symbols, in bytes
        bytes_of = [0, *accumulate(len(character.encode()) for character in word)]
        last = len(word)
        tokens: list[Token] = []
        for i, start, stop in zip(ids, places, [*places, len(symbols)][1:], strict=True):
            first = min(bisect_right(bytes_of, ends[start]) - 1, last)
            past = min(bisect_right(bytes_of, ends[stop] - 1), last)
            tokens.append((i, self.names[i], first, past))
        return tokens

    def _whole(self, word: str) -> int | None:
        alone = self.ignore_merges or word in self.whole_words
        return self.vocab.get(word) if alone else None

    def _symbols(self, word: str) -> tuple[list[int], list[int]]:
        """Give the ids to begin with, and how many bytes of the word each stands for."""
        vocab = self.vocab
        symbols: list[int] = []
        lengths: list[int] = []
        unknown = 0  # bytes of an unknown stretch that is not yet written
        last = len(word) - 1
        for place, character in enumerate(word):
            name = (
                (self.prefix if place else "") + character + (self.suffix if place == last else "")
            )
            length = len(character.encode())
            if (i := vocab.get(name)) is not None:
                if unknown:
                    symbols.append(self._unknown())
                    lengths.append(unknown)
                    unknown = 0
                symbols.append(i)
                lengths.append(length)
                continue
            if self.byte_fallback:
                found = [vocab.get(f"<0x{byte:02X}>") for byte in name.encode()]
                if None not in found:
                    symbols += [i for i in found if i is not None]
                    lengths += [1] * len(found)
                    continue
            if self.unk is None:
                continue
            if unknown and not self.fuse_unk:
                symbols.append(self._unknown())
                lengths.append(unknown)
                unknown = 0
            self._unknown()
            unknown += length
        if unknown:
            symbols.append(self._unknown())
            lengths.append(unknown)
        return symbols, lengths

    def _unknown(self) -> int:
        if self.unk is None or self.unk < 0:
            raise TokenizerError("a character is unknown, and so is the model's unk_token")
        return self.unk


def _merges(spec: Fields, vocab: dict[str, int], prefix: int) -> Merges:
    merges: dict[tuple[int, int], tuple[int, int]] = {}
    rank = 0
    for place, pair in enumerate(spec.list("merges")):
        where = f"{spec.where}.merges[{place}]"
        if isinstance(pair, str) and pair.startswith("#version"):
            continue
        parts = pair.split(" ") if isinstance(pair, str) else pair
        if not isinstance(parts, list) or len(parts) != 2:
            raise TokenizerError(f"{where} is {pair!r}, not a pair of tokens")
        try:
            left, right = parts
            merges[vocab[left], vocab[right]] = rank, vocab[left + right[prefix:]]
        except (KeyError, TypeError) as error:
            raise TokenizerError(
                f"{where} is {pair!r}: {error} is not in the vocabulary"
            ) from error
        rank += 1
    return merges
