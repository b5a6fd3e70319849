"""From tokens back to text: each step turns a list of strings into another, the last is joined."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from itertools import groupby

from nt_data._errors import TokenizerError
from nt_data.tokenizers._byte_alphabet import BYTE_OF
from nt_data.tokenizers._fields import Fields
from nt_data.tokenizers._normalizers import make_pattern

__all__ = ["Decoder", "make_decoder", "printable_bytes"]

Decoder = Callable[[list[str]], list[str]]


def printable_bytes(token: str) -> bytes:
    """Give the bytes that a token's printable characters stand for, or else its own.

    Example:
        >>> printable_bytes("Ġthe"), printable_bytes("the end")
        (b' the', b'the end')
    """
    try:
        return bytes([BYTE_OF[character] for character in token])
    except KeyError:
        return token.encode()


def _byte_level(_: Fields) -> Decoder:
    return lambda tokens: [b"".join(map(printable_bytes, tokens)).decode("utf-8", "replace")]


def _cleaned(text: str) -> str:
    for old, new in _CLEANUP:
        text = text.replace(old, new)
    return text


_CLEANUP = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"),
    (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
]  # fmt: skip


def _wordpiece(spec: Fields) -> Decoder:
    prefix, cleanup = spec.text("prefix"), spec.flag("cleanup")

    def join(tokens: list[str]) -> list[str]:
        parts = [
            token
            if not i
            else token.removeprefix(prefix)
            if token.startswith(prefix)
            else f" {token}"
            for i, token in enumerate(tokens)
        ]
        return [_cleaned(part) for part in parts] if cleanup else parts

    return join


def _metaspace(spec: Fields) -> Decoder:
    mark = spec.character("replacement")
    scheme = spec.get("prepend_scheme", "always")
    added = scheme != "never" and spec.get("add_prefix_space", True) is not False

    def join(tokens: list[str]) -> list[str]:
        return [
            token.replace(mark, "" if added and not i else " ") for i, token in enumerate(tokens)
        ]

    return join


def _bpe(spec: Fields) -> Decoder:
    suffix = spec.text("suffix")

    def join(tokens: list[str]) -> list[str]:
        last = len(tokens) - 1
        return [token.replace(suffix, " " if i < last else "") for i, token in enumerate(tokens)]

    return join


def _fallback_byte(token: str) -> int | None:
    if len(token) != 6 or not token.startswith("<0x") or not token.endswith(">"):
        return None
    digits = token[3:5]
    return int(digits, 16) if all(c in "0123456789abcdefABCDEF" for c in digits) else None


def _byte_fallback(_: Fields) -> Decoder:
    def join(tokens: list[str]) -> list[str]:
        parts: list[str] = []
        for is_byte, group in groupby(tokens, lambda token: _fallback_byte(token) is not None):
            run = list(group)
            if not is_byte:
                parts += run
                continue
            data = bytes(byte for token in run if (byte := _fallback_byte(token)) is not None)
            try:
                parts.append(data.decode())
            except UnicodeDecodeError:
                parts += ["\N{REPLACEMENT CHARACTER}"] * len(data)
        return parts

    return join


def _strip(spec: Fields) -> Decoder:
    content, start, stop = spec.character("content"), spec.count("start"), spec.count("stop")

    def cut(token: str) -> str:
        first, last = 0, len(token)
        while first < min(start, len(token)) and token[first] == content:
            first += 1
        while last > first and len(token) - last < stop and token[last - 1] == content:
            last -= 1
        return token[first:last]

    return lambda tokens: [cut(token) for token in tokens]


def _replace(spec: Fields) -> Decoder:
    find, content = make_pattern(spec), spec.text("content")

    def swap(token: str) -> str:
        parts: list[str] = []
        last = 0
        for start, stop in find(token):
            parts += token[last:start], content
            last = stop
        return "".join([*parts, token[last:]])

    return lambda tokens: [swap(token) for token in tokens]


def _ctc(spec: Fields) -> Decoder:
    pad, space, cleanup = (
        spec.text("pad_token"),
        spec.text("word_delimiter_token"),
        spec.flag("cleanup"),
    )

    def join(tokens: list[str]) -> list[str]:
        parts = [token.replace(pad, "") for token, _ in groupby(tokens)]
        if cleanup:
            parts = [_cleaned(part).replace(space, " ") for part in parts]
        return [part for part in parts if part]

    return join


def _sequence(spec: Fields) -> Decoder:
    steps = [make_decoder(one) for one in spec.objects("decoders")]
    return lambda tokens: reduce(lambda parts, step: step(parts), steps, tokens)


_MAKERS: dict[str, Callable[[Fields], Decoder]] = {
    "BPEDecoder": _bpe,
    "ByteFallback": _byte_fallback,
    "ByteLevel": _byte_level,
    "CTC": _ctc,
    "Fuse": lambda _: lambda tokens: ["".join(tokens)],
    "Metaspace": _metaspace,
    "Replace": _replace,
    "Sequence": _sequence,
    "Strip": _strip,
    "WordPiece": _wordpiece,
}


def make_decoder(spec: Fields) -> Decoder:
    """Make the decoder that a tokenizer file describes.

    Raises:
        TokenizerError: it is of an unknown kind, or a field is missing or wrong.
    """
    if spec.kind not in _MAKERS:
        raise TokenizerError(
            f"{spec.where} is of the unknown type {spec.kind!r}; known: {', '.join(_MAKERS)}"
        )
    return _MAKERS[spec.kind](spec)
