"""The tokenizer: a text goes through five steps, each described in one file of this package."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nt_data._errors import TokenizerError
from nt_data._files import write_whole
from nt_data.tokenizers._added_tokens import AddedToken, AddedTokens
from nt_data.tokenizers._aligned import Aligned
from nt_data.tokenizers._decoders import make_decoder
from nt_data.tokenizers._encoding import BatchEncoding, Encoding
from nt_data.tokenizers._fields import Fields
from nt_data.tokenizers._given import checked_batch, checked_texts
from nt_data.tokenizers._lengths import Padding, Truncation
from nt_data.tokenizers._make_model import make_model
from nt_data.tokenizers._models import Token
from nt_data.tokenizers._normalizers import make_normalizer
from nt_data.tokenizers._pre_tokenizers import PreTokenizer, make_pre_tokenizer
from nt_data.tokenizers._processors import PostProcessor, make_processor
from nt_data.tokenizers._utf8 import to_utf8

__all__ = ["Ids", "Tokenizer", "smallest_dtype"]

Ids = NDArray[np.unsignedinteger[Any]]


class Tokenizer:
    """A map between text and token ids, `0 <= id < vocab_size`.

    added tokens are cut out -> the rest is normalized -> cut into words -> each word is written in
    tokens by the model -> special tokens are put around them. Everything is described by a
    dictionary, the one that a published `tokenizer.json` holds: `added_tokens`, `normalizer`,
    `pre_tokenizer`, `model`, `post_processor`, `decoder`, `truncation`, `padding`.

    Args:
        spec: that dictionary.

    Raises:
        TokenizerError: something in it is missing, wrong or not supported; says what and where.

    Example:
        >>> vocab = {"[UNK]": 0, "un": 1, "##able": 2, "a": 3}
        >>> tokenizer = Tokenizer({
        ...     "pre_tokenizer": {"type": "WhitespaceSplit"},
        ...     "model": {"type": "WordPiece", "vocab": vocab, "unk_token": "[UNK]",
        ...               "continuing_subword_prefix": "##", "max_input_chars_per_word": 100},
        ...     "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        ... })
        >>> tokenizer.encode("a unable x"), tokenizer.decode([3, 1, 2])
        (array([3, 1, 2, 0], dtype=uint8), 'a unable')
        >>> tokenizer("a unable").tokens, tokenizer("a unable").offsets
        (['a', 'un', '##able'], [(0, 1), (2, 4), (4, 8)])
    """

    kind: ClassVar[str] = "tokenizer"
    truncation: Truncation | None  # applied to every text
    padding: Padding | None  # applied to every text and batch

    def __init__(self, spec: Mapping[str, Any]) -> None:
        fields = Fields(spec, "tokenizer")
        if fields.get("version", "1.0") != "1.0":
            raise fields.refuse("version", "'1.0'")
        self._spec = {name: spec.get(name) for name in _PARTS}
        self._finds_special = fields.flag(_FIND, default=True)
        if not self._finds_special:
            self._spec[_FIND] = False
        self.model = make_model(_part(fields, "model"))
        one = _optional_part(fields, "normalizer")
        self._normalizer = make_normalizer(one) if one else self.model.normalizer
        one = _optional_part(fields, "pre_tokenizer")
        self._stages = make_pre_tokenizer(one).stages() if one else []
        one = _optional_part(fields, "post_processor")
        self._processor = make_processor(one) if one else PostProcessor()
        one = _optional_part(fields, "decoder")
        self._decoder = make_decoder(one) if one else self.model.decoder
        self._decoder_kind = one and one.kind
        self.truncation = Truncation._from_spec(_optional_part(fields, "truncation"))
        self.padding = Padding._from_spec(_optional_part(fields, "padding"))
        tokens = fields.objects("added_tokens") if fields.get("added_tokens", None) else ()
        self._added_list = [AddedToken._from_spec(token) for token in tokens]
        self._set_added(self._added_list)

    def _set_added(self, tokens: list[AddedToken]) -> None:
        self._added = AddedTokens(tokens, self.model, self._normalizer)
        self._added_list = tokens
        known = [*self.model.names, *self._added.by_id]
        self._vocab_size = max(known, default=-1) + 1
        # Where a piece begins in the original is only known with alignments, once it was changed.
        changed = self._normalizer is not None or len(self._stages) > 1
        self._needs_alignment = changed and any(stage.from_original for stage in self._stages)
        self._words = _WordCache(self)

    @property
    def vocab_size(self) -> int:
        """One more than the largest id, added tokens included."""
        return self._vocab_size

    @property
    def dtype(self) -> np.dtype[np.unsignedinteger[Any]]:
        """The dtype of encoded text: the smallest unsigned one that holds every id."""
        return smallest_dtype(self.vocab_size)

    @property
    def added_tokens(self) -> dict[int, AddedToken]:
        """The tokens that are found in the text itself, by id."""
        return dict(sorted(self._added.by_id.items()))

    @property
    def special_tokens(self) -> dict[str, int]:
        """The special ones of the added tokens, name -> id."""
        return {t.content: i for i, t in self.added_tokens.items() if t.special}

    def add_tokens(self, tokens: Iterable[AddedToken | str]) -> None:
        """Add tokens behind the vocabulary, or mark ones that it has.

        Args:
            tokens: what to add; a string is a special token.

        Example:
            >>> from nt_data.tokenizers import ByteTokenizer
            >>> tokenizer = ByteTokenizer()
            >>> tokenizer.add_tokens(["<s>"])
            >>> tokenizer.encode("a<s>"), tokenizer.vocab_size
            (array([ 97, 256], dtype=uint16), 257)
        """
        more = [AddedToken(t, special=True) if isinstance(t, str) else t for t in tokens]
        self._set_added([*self._added_list, *more])

    def token_to_id(self, token: str) -> int | None:
        """Give the id of a token, or None.

        Example:
            >>> from nt_data.tokenizers import CharTokenizer
            >>> CharTokenizer("ab").token_to_id("b")
            1
        """
        return self._added.ids.get(token, self.model.vocab.get(token))

    def id_to_token(self, i: int) -> str | None:
        """Give the name of a token, or None.

        Example:
            >>> from nt_data.tokenizers import CharTokenizer
            >>> CharTokenizer("ab").id_to_token(1)
            'b'
        """
        added = self._added.by_id.get(i)
        return self.model.names.get(i) if added is None else added.content

    def token_strings(self) -> list[str]:
        """Name every token, in the order of the ids; an id that no token has is an empty string.

        Example:
            >>> from nt_data.tokenizers import CharTokenizer
            >>> CharTokenizer("ab", unknown="?").token_strings()
            ['a', 'b', '?']
        """
        return [self.id_to_token(i) or "" for i in range(self.vocab_size)]

    def encode(
        self,
        text: str,
        pair: str | None = None,
        *,
        add_special_tokens: bool = True,
        special: bool = True,
    ) -> Ids:
        """Turn a text, or a pair of texts, into ids, (tokens,).

        They come in the smallest unsigned dtype that holds the vocabulary, so that a megabyte of
        text stays a megabyte or two and not eight; data sets widen them batch by batch.

        Args:
            text: any text.
            pair: a second one.
            add_special_tokens: whether to put around them what the post-processor adds.
            special: whether a special token's name in the text becomes that token; otherwise it
                is read as the ordinary characters that it is written with.

        Raises:
            TokenizerError: the text holds a lone surrogate, which is no text, or a word that the
                model cannot write and has no unknown token for.
            TypeError: `text` or `pair` is no string.

        Example:
            >>> from nt_data.tokenizers import WordTokenizer
            >>> WordTokenizer.train("a b a", special_tokens=["<unk>"]).encode("b a c")
            array([2, 1, 0], dtype=uint8)
        """
        if self.truncation or self.padding or self._needs_alignment:
            whole = self(text, pair, add_special_tokens=add_special_tokens, special=special)
            return np.array(whole.ids, self.dtype)
        texts = [self._ids(one, special) for one in checked_texts(text, pair)]
        return np.array(self._processor.ids(texts, special=add_special_tokens), self.dtype)

    def __call__(
        self,
        text: str,
        pair: str | None = None,
        *,
        add_special_tokens: bool = True,
        special: bool = True,
        truncation: Truncation | None = None,
        padding: Padding | None = None,
    ) -> Encoding:
        """Turn a text, or a pair of texts, into ids with their tokens, offsets and masks.

        Args:
            text: any text.
            pair: a second one.
            add_special_tokens: whether to put around them what the post-processor adds.
            special: whether a special token's name in the text becomes that token.
            truncation: how to cut it; by default as the attribute `truncation` says.
            padding: how to fill it up; by default as the attribute `padding` says.

        Raises:
            TokenizerError: as `encode`, or the texts cannot be cut as asked.
            TypeError: `text` or `pair` is no string.

        Example:
            >>> from nt_data.tokenizers import CharTokenizer
            >>> CharTokenizer("ab")("ba").offsets
            [(0, 1), (1, 2)]
        """
        texts = [
            self._tokenized(one, type_id, special)
            for type_id, one in enumerate(checked_texts(text, pair))
        ]
        if (cut := truncation or self.truncation) is not None:
            added = self._processor.added(pair=pair is not None) if add_special_tokens else 0
            cut._apply(texts, added)
        whole = self._processor.process(texts, special=add_special_tokens)
        if (fill := padding or self.padding) is not None:
            fill._apply([whole])
        return whole

    def encode_batch(
        self,
        texts: Sequence[str | tuple[str, str]],
        *,
        add_special_tokens: bool = True,
        truncation: Truncation | None = None,
        padding: Padding | None = None,
    ) -> BatchEncoding:
        """Encode several texts, or pairs of texts, and fill them up to one length.

        Args:
            texts: the texts; a tuple is a pair.
            add_special_tokens: whether to put around each what the post-processor adds.
            truncation: how to cut each; by default as the attribute `truncation` says.
            padding: how to fill them up; by default as the attribute `padding` says.

        Raises:
            TokenizerError: as for one text.
            TypeError: `texts` is a single string, or one of them neither a string nor a pair.

        Example:
            >>> from nt_data.tokenizers import CharTokenizer, Padding
            >>> batch = CharTokenizer("ab_").encode_batch(["ab", "b"], padding=Padding(pad_id=2))
            >>> batch.input_ids
            array([[0, 1], [1, 2]])
        """
        encodings = [
            self(
                *one,
                add_special_tokens=add_special_tokens,
                truncation=truncation,
                padding=padding,
            )
            for one in checked_batch(texts)
        ]
        if (fill := padding or self.padding) is not None:
            fill._apply(encodings)
        return BatchEncoding(encodings)

    def decode(self, ids: ArrayLike, *, skip_special_tokens: bool = False) -> str:
        """Turn ids back into text.

        Args:
            ids: the ids, (tokens,).
            skip_special_tokens: whether to leave special tokens out.

        Raises:
            TokenizerError: an id is outside the vocabulary.

        Example:
            >>> from nt_data.tokenizers import BPETokenizer
            >>> tokenizer = BPETokenizer.train("the the", 259)
            >>> tokenizer.decode([258, 0]), tokenizer.decode([258, 0], skip_special_tokens=True)
            ('the<|endoftext|>', 'the')
        """
        tokens: list[str] = []
        written, names = self._added.written, self.model.names
        for place, i in enumerate(self._checked_ids(ids).tolist()):
            token = written.get(i, names.get(i))
            if token is None:
                raise TokenizerError(f"id {i} at position {place} belongs to no token")
            if not skip_special_tokens or token not in self._added.special:
                tokens.append(token)
        return " ".join(tokens) if self._decoder is None else "".join(self._decoder(tokens))

    def to_dict(self) -> dict[str, Any]:
        """Describe the tokenizer as a `tokenizer.json` does.

        Example:
            >>> from nt_data.tokenizers import CharTokenizer
            >>> CharTokenizer("ab").to_dict()["model"]["vocab"]
            {'a': 0, 'b': 1}
        """
        return self._spec | {
            "version": "1.0",
            "truncation": self.truncation and self.truncation._spec(),
            "padding": self.padding and self.padding._spec(),
            "added_tokens": [token._spec(i) for i, token in self.added_tokens.items()],
        }

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the tokenizer as a `tokenizer.json`, whole or not at all.

        Example:
            >>> import tempfile
            >>> from nt_data.tokenizers import CharTokenizer, load_tokenizer
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     CharTokenizer.train("hello").save(folder + "/tokenizer.json")
            ...     load_tokenizer(folder + "/tokenizer.json").decode([1, 0, 2, 2, 3])
            'hello'
        """
        content = json.dumps(self.to_dict(), ensure_ascii=True, indent=1)
        write_whole(Path(path), content.encode("ascii") + b"\n")

    def _ids(self, text: str, special: bool) -> list[int]:
        to_utf8(text)  # refuses lone surrogates
        return self._ids_of_any(text, special)

    def _ids_of_any(self, text: str, special: bool) -> list[int]:
        ids: list[int] = []
        whole = Aligned.of(text, tracked=False)
        for i, piece in self._added.extract(
            whole, self._normalizer, special=special and self._finds_special
        ):
            if i is not None:
                ids.append(i)
            else:
                self._words.extend(ids, piece)
        return ids

    def _tokenized(self, text: str, type_id: int, special: bool) -> Encoding:
        to_utf8(text)  # refuses lone surrogates
        whole = Aligned.of(text, tracked=True)
        pieces = self._added.extract(
            whole, self._normalizer, special=special and self._finds_special
        )
        for stage in self._stages:
            pieces = [new for i, piece in pieces for new in _staged(stage, i, piece)]
        ids: list[int] = []
        tokens: list[str] = []
        offsets: list[tuple[int, int]] = []
        words: list[int] = []
        for word, (i, piece) in enumerate(pieces):
            found: list[Token] = (
                self.model.tokenize(piece.text)
                if i is None
                else [(i, piece.text, 0, len(piece.text))]
            )
            starts, stops = piece.starts, piece.stops
            for token, name, start, stop in found:
                ids.append(token)
                tokens.append(name)
                offsets.append((starts[start], stops[stop - 1] if start < stop else starts[start]))
                words.append(word)
        return Encoding._of(ids, tokens, offsets, words, type_id=type_id)

    def _checked_ids(self, ids: ArrayLike | Iterable[int]) -> NDArray[np.integer[Any]]:
        array = np.asarray(ids)
        if array.size == 0:
            return np.zeros(0, np.int64)
        if array.ndim != 1 or array.dtype.kind not in "iu":
            raise TokenizerError(
                f"ids must be integers in one dimension, got shape {array.shape} "
                f"and dtype {array.dtype}"
            )
        if int(array.min()) < 0 or int(array.max()) >= self.vocab_size:
            place = int(np.argmax((array < 0) | (array >= self.vocab_size)))
            raise TokenizerError(
                f"id {array[place]} at position {place} is not below vocab_size "
                f"({self.vocab_size}) and at least 0"
            )
        return array


_PARTS = ("version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer",
          "post_processor", "decoder", "model")  # fmt: skip
_FIND = "find_special"  # of this library: false where the model's words hold the special tokens


def _part(fields: Fields, name: str) -> Fields:
    return Fields(fields.get(name), name)


def _optional_part(fields: Fields, name: str) -> Fields | None:
    return None if fields.get(name, None) is None else _part(fields, name)


def _staged(
    stage: PreTokenizer, i: int | None, piece: Aligned
) -> Iterable[tuple[int | None, Aligned]]:
    if i is not None:
        yield i, piece
        return
    stage.before(piece)
    for start, stop in stage.spans(piece.text):
        if start < stop:
            word = piece.slice(start, stop)
            stage.finish(word)
            yield None, word


class _WordCache(dict[str, Sequence[int]]):
    """The ids of words already met: most of a text's words come again."""

    LIMIT = 1 << 18  # words kept; then it starts anew
    LONGEST = 64  # characters of a word worth keeping

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__()
        self._model = tokenizer.model
        # What the last stage does to a word on its own is done once a word, when it is new.
        self._stages = tokenizer._stages

    def extend(self, ids: list[int], piece: Aligned) -> None:
        """Append the ids of a text that holds no added token."""
        words = [piece]
        for stage in self._stages[:-1]:
            words = [word for one in words for _, word in _staged(stage, None, one)]
        if not self._stages:
            ids.extend(self[piece.text])
            return
        last = self._stages[-1]
        for word in words:
            last.before(word)
            text = word.text
            for start, stop in last.spans(text):
                if start < stop:
                    ids.extend(self[text[start:stop]])

    def __missing__(self, word: str) -> Sequence[int]:
        ids = self._model.ids(self._stages[-1].after(word) if self._stages else word)
        if len(word) <= self.LONGEST:
            if len(self) >= self.LIMIT:
                self.clear()
            self[word] = ids
        return ids


def smallest_dtype(size: int) -> np.dtype[np.unsignedinteger[Any]]:
    """Give the smallest unsigned dtype that holds the integers below `size`.

    Example:
        >>> [str(smallest_dtype(size)) for size in (65, 256, 257, 50257, 128256)]
        ['uint8', 'uint8', 'uint16', 'uint16', 'uint32']
    """
    return np.min_scalar_type(max(size - 1, 0))
