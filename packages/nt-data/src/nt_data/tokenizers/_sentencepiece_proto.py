"""Reading SentencePiece's `.model` file: protocol buffers, of which it needs five kinds of field.

Source: Protocol Buffers, "Encoding"; SentencePiece, `sentencepiece_model.proto`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from nt_data._errors import TokenizerError

__all__ = ["Kind", "Piece", "SentencePieceModel", "parse_model"]


class Kind(IntEnum):
    """What a piece is for."""

    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5
    BYTE = 6


@dataclass(frozen=True)
class Piece:
    """A token, its score and its kind."""

    text: str
    score: float
    kind: Kind


@dataclass
class SentencePieceModel:
    """What a `.model` file says of tokens, normalization and special pieces."""

    pieces: list[Piece] = field(default_factory=list)
    model_type: int = 1  # 1 unigram, 2 BPE, 3 word, 4 character
    byte_fallback: bool = False
    whitespace_as_suffix: bool = False
    unk_surface: str = " \u2047 "
    charsmap: bytes = b""
    add_dummy_prefix: bool = True
    remove_extra_whitespaces: bool = True
    escape_whitespaces: bool = True
    denormalizer: bytes = b""


def parse_model(data: bytes) -> SentencePieceModel:
    """Read a model.

    Raises:
        TokenizerError: the data is cut short or no such model; says which entry.
    """
    model = SentencePieceModel()
    for number, value in _fields(data, "model"):
        if number == 1:
            model.pieces.append(_piece(_bytes(value, "pieces"), f"pieces[{len(model.pieces)}]"))
        elif number == 2:
            _trainer(_bytes(value, "trainer_spec"), model)
        elif number == 3:
            _normalizer(_bytes(value, "normalizer_spec"), model)
        elif number == 5:
            for inner, content in _fields(_bytes(value, "denormalizer_spec"), "denormalizer_spec"):
                if inner == 2:
                    model.denormalizer = _bytes(content, "denormalizer_spec")
    if not model.pieces:
        raise TokenizerError("no SentencePiece model: it has no pieces")
    return model


def _piece(data: bytes, where: str) -> Piece:
    text, score, kind = "", 0.0, 1
    for number, value in _fields(data, where):
        if number == 1:
            text = _text(value, f"{where}.piece")
        elif number == 2:
            score = struct.unpack("<f", _bytes(value, f"{where}.score"))[0]
        elif number == 3 and isinstance(value, int):
            kind = value
    if not text or score != score or kind not in list(Kind):
        raise TokenizerError(f"{where} ({text!r}, {score}, kind {kind}) is no piece")
    return Piece(text, score, Kind(kind))


def _trainer(data: bytes, model: SentencePieceModel) -> None:
    for number, value in _fields(data, "trainer_spec"):
        if number == 3 and isinstance(value, int):
            model.model_type = value
        elif number == 24:
            model.whitespace_as_suffix = bool(value)
        elif number == 35:
            model.byte_fallback = bool(value)
        elif number == 44:
            model.unk_surface = _text(value, "trainer_spec.unk_surface")


def _normalizer(data: bytes, model: SentencePieceModel) -> None:
    for number, value in _fields(data, "normalizer_spec"):
        if number == 2:
            model.charsmap = _bytes(value, "normalizer_spec.precompiled_charsmap")
        elif number == 3:
            model.add_dummy_prefix = bool(value)
        elif number == 4:
            model.remove_extra_whitespaces = bool(value)
        elif number == 5:
            model.escape_whitespaces = bool(value)


def _fields(data: bytes, where: str) -> Iterator[tuple[int, int | bytes]]:
    """Give the number and the value of each field of a message."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place, where)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, place = _varint(data, place, where)
            yield number, value
            continue
        if wire == 2:
            size, place = _varint(data, place, where)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise TokenizerError(f"{where}: byte {place - 1} begins no field (wire type {wire})")
        if place + size > len(data):
            raise TokenizerError(
                f"{where}: field {number} at byte {place} has {size} bytes, {len(data) - place} "
                "are left: cut short or no SentencePiece model"
            )
        yield number, data[place : place + size]
        place += size


def _varint(data: bytes, place: int, where: str) -> tuple[int, int]:
    value = shift = 0
    for i in range(place, min(place + 10, len(data))):
        value |= (data[i] & 0x7F) << shift
        shift += 7
        if data[i] < 0x80:
            return value, i + 1
    raise TokenizerError(f"{where}: the number at byte {place} has no end")


def _bytes(value: int | bytes, where: str) -> bytes:
    if isinstance(value, int):
        raise TokenizerError(f"{where} is a number, not bytes")
    return value


def _text(value: int | bytes, where: str) -> str:
    try:
        return _bytes(value, where).decode()
    except UnicodeDecodeError as error:
        raise TokenizerError(f"{where} is not UTF-8: {error}") from error
