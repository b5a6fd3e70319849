"""SentencePiece: text with its spaces made visible, written in the pieces of a `.model` file.

Source: Kudo and Richardson, "SentencePiece: A simple and language independent subword tokenizer
and detokenizer for Neural Text Processing", 2018.
"""

from __future__ import annotations

import base64
import binascii
from itertools import groupby

from nt_data._errors import TokenizerError
from nt_data.tokenizers._charsmap import Charsmap
from nt_data.tokenizers._fields import Fields
from nt_data.tokenizers._models import Model, Token
from nt_data.tokenizers._sentencepiece_normalizer import SPACE_MARK, SentencePieceNormalizer
from nt_data.tokenizers._sentencepiece_proto import Kind, SentencePieceModel, parse_model
from nt_data.tokenizers._sentencepiece_search import BPESearch, Search, UnigramSearch

__all__ = ["SentencePiece", "make_sentencepiece"]


class SentencePiece(Model):
    """A SentencePiece model; it brings its own normalizer and decoder.

    Raises:
        TokenizerError: the model is of a type or has a setting that is not supported.
    """

    def __init__(self, proto: SentencePieceModel) -> None:
        self.proto = proto
        self.vocab = {piece.text: i for i, piece in enumerate(proto.pieces)}
        self.names = {i: piece.text for i, piece in enumerate(proto.pieces)}
        self.size = len(proto.pieces)
        if len(self.vocab) < self.size:
            raise TokenizerError("two pieces of the model are the same")
        unknown = [i for i, piece in enumerate(proto.pieces) if piece.kind == Kind.UNKNOWN]
        if len(unknown) != 1:
            raise TokenizerError(f"the model has {len(unknown)} unknown pieces, not one")
        self.unk = unknown[0]
        if proto.denormalizer:
            raise TokenizerError("denormalizer_spec: a denormalizer is not supported")
        searches: dict[int, type[Search]] = {1: UnigramSearch, 2: BPESearch}
        if proto.model_type not in searches:
            name = {3: "word", 4: "char"}.get(proto.model_type, str(proto.model_type))
            raise TokenizerError(
                f"trainer_spec.model_type {name} is not supported; unigram and bpe are"
            )
        self._search = searches[proto.model_type](proto.pieces, self.unk)
        self._bytes = {
            i: byte
            for byte in range(256)
            if (i := self.vocab.get(f"<0x{byte:02X}>")) is not None
            and proto.pieces[i].kind == Kind.BYTE
        }
        if proto.byte_fallback and len(self._bytes) < 256:
            raise TokenizerError("byte_fallback needs 256 byte pieces, <0x00> to <0xFF>")
        self.normalizer = SentencePieceNormalizer(
            proto,
            Charsmap(proto.charsmap, "normalizer_spec.precompiled_charsmap")
            if proto.charsmap
            else None,
            self._search.user_defined,
        )
        self.decoder = self._decode

    def tokenize(self, word: str) -> list[Token]:
        tokens: list[Token] = []
        start = 0
        joined = False  # whether the token before is unknown, so that another one joins it
        for i, stop in self._search.parts(word):
            part = word[start:stop]
            unknown = i == self.unk
            if unknown and self.proto.byte_fallback:
                names = [f"<0x{byte:02X}>" for byte in part.encode()]
                tokens += [(self.vocab[name], name, start, start) for name in names[:-1]]
                tokens.append((self.vocab[names[-1]], names[-1], start, stop))
                unknown = False
            elif unknown and joined:
                _, before, first, _ = tokens[-1]
                tokens[-1] = i, before + part, first, stop
            else:
                tokens.append((i, part, start, stop))
            joined = unknown
            start = stop
        return tokens

    def _decode(self, tokens: list[str]) -> list[str]:
        proto = self.proto
        parts: list[str] = []
        begun = False  # whether something has been written, so that spaces count
        drops = proto.add_dummy_prefix or proto.remove_extra_whitespaces
        for is_byte, group in groupby(tokens, lambda token: self.vocab.get(token) in self._bytes):
            run = list(group)
            if is_byte:
                data = bytes(self._bytes[self.vocab[token]] for token in run)
                parts.append(_by_characters(data))
                begun = True
                continue
            for token in run:
                i = self.vocab.get(token)
                kind = None if i is None else proto.pieces[i].kind
                if kind == Kind.CONTROL:
                    continue
                if kind == Kind.UNKNOWN:
                    parts.append(proto.unk_surface)
                    begun = True
                    continue
                if drops and not begun and token.startswith(SPACE_MARK):
                    token = token.removeprefix(SPACE_MARK)
                    begun = not proto.remove_extra_whitespaces
                parts.append(token.replace(SPACE_MARK, " "))
                begun = begun or bool(token)
        return parts


def _by_characters(data: bytes) -> str:
    """Read UTF-8; each byte that begins no character becomes U+FFFD."""
    text: list[str] = []
    place = 0
    while place < len(data):
        for size in (1, 2, 3, 4):
            try:
                text.append(data[place : place + size].decode())
            except UnicodeDecodeError:
                continue
            break
        else:
            size = 1
            text.append("\N{REPLACEMENT CHARACTER}")
        place += size
    return "".join(text)


def make_sentencepiece(spec: Fields) -> SentencePiece:
    """Read a model whose file stands in the field `proto`, in base64."""
    try:
        data = base64.b64decode(spec.text("proto"), validate=True)
    except binascii.Error as error:
        raise TokenizerError(f"{spec.where}.proto is no base64: {error}") from error
    return SentencePiece(parse_model(data))
