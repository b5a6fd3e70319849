"""What is changed in a text before it is cut: Unicode forms, case, accents, white space."""

from __future__ import annotations

import html
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from nt_data._errors import TokenizerError
from nt_data.tokenizers import _unicode_forms
from nt_data.tokenizers._aligned import Aligned, CharTable
from nt_data.tokenizers._byte_alphabet import to_printable
from nt_data.tokenizers._charsmap import Charsmap
from nt_data.tokenizers._fields import Fields
from nt_data.tokenizers._oniguruma import Finder, finder, literal_finder
from nt_data.tokenizers._unicode8 import (
    COMBINING,
    CONTROL,
    NONSPACING,
    SPACE,
    regex_class,
)

__all__ = ["BYTE_LEVEL", "Normalizer", "NormalizerSequence", "make_normalizer", "make_pattern"]


class Normalizer(ABC):
    """A change of a text that keeps track of where its characters come from."""

    @abstractmethod
    def normalize(self, text: Aligned) -> None:
        """Change the text in place."""


class NormalizerSequence(Normalizer):
    """One after the other."""

    def __init__(self, normalizers: Sequence[Normalizer]) -> None:
        self.normalizers = normalizers

    def normalize(self, text: Aligned) -> None:
        for one in self.normalizers:
            one.normalize(text)


class _Characters(Normalizer):
    """Each character on its own."""

    def __init__(self, table: CharTable) -> None:
        self.table = table

    def normalize(self, text: Aligned) -> None:
        text.translate(self.table)


class _UnicodeForm(Normalizer):
    """NFC, NFD, NFKC or NFKD."""

    def __init__(self, form: _unicode_forms.Form) -> None:
        self.form = form

    def normalize(self, text: Aligned) -> None:
        _unicode_forms.normalize(text, self.form)


class _Strip(Normalizer):
    """No white space at the ends."""

    def __init__(self, left: bool, right: bool) -> None:
        self.left = left
        self.right = right

    def normalize(self, text: Aligned) -> None:
        start, stop = 0, len(text.text)
        while self.left and start < stop and text.text[start] in SPACE:
            start += 1
        while self.right and stop > start and text.text[stop - 1] in SPACE:
            stop -= 1
        text.keep(start, stop)


class _Replace(Normalizer):
    """One text in the place of each match."""

    def __init__(self, find: Finder, content: str) -> None:
        self.find = find
        self.content = content

    def normalize(self, text: Aligned) -> None:
        text.replace(self.find(text.text), self.content)


class _Prepend(Normalizer):
    """A text before each that is not empty."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def normalize(self, text: Aligned) -> None:
        text.prepend(self.prefix)


class _Precompiled(Normalizer):
    """SentencePiece's table of replacements, in the way in which `tokenizers` applies it."""

    def __init__(self, charsmap: Charsmap) -> None:
        self.charsmap = charsmap

    def normalize(self, text: Aligned) -> None:
        if (changes := self.charsmap.by_graphemes(text.text)) is not None:
            text.transform(changes)


class _CLIP(Normalizer):
    """What CLIP does to a text: HTML entities, white space, lower case.

    Source: Radford et al., "Learning Transferable Visual Models From Natural Language
    Supervision", 2021, `simple_tokenizer.py`.
    """

    def normalize(self, text: Aligned) -> None:
        for _ in range(2):
            text.replace_each(
                (match.span(), html.unescape(match[0])) for match in _ENTITY.finditer(text.text)
            )
        _trim_space(text)
        text.replace_each(
            (match.span(), " ") for match in _SPACE_RUN.finditer(text.text) if match[0] != " "
        )
        _trim_space(text)
        text.lower()


_ENTITY = re.compile(r"&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)")
_SPACE_RUN = re.compile(f"[{regex_class(SPACE)}]+")


def _trim_space(text: Aligned) -> None:
    whole = text.text
    text.keep(len(whole) - len(whole.lstrip()), len(whole.rstrip()))


def _clean(character: str) -> str:
    return (
        ""
        if character in CONTROL
        else " "
        if character in SPACE or character in "\t\n\r"
        else character
    )


def _space_chinese(character: str) -> str:
    code = ord(character)
    chinese = any(first <= code <= last for first, last in _CHINESE)
    return f" {character} " if chinese else character


_CHINESE = [
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F), (0x2B920, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
]  # fmt: skip


def _nmt(character: str) -> str:
    code = ord(character)
    if code in _NMT_DROPPED:
        return ""
    return " " if code in _NMT_SPACES else character


_NMT_DROPPED = {*range(0x01, 0x09), 0x0B, *range(0x0E, 0x20), 0x7F, 0x8F, 0x9F}
_NMT_SPACES = {
    0x09, 0x0A, 0x0C, 0x0D, 0x1680, *range(0x200B, 0x2010), 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD,
}  # fmt: skip


def _unaccented(character: str) -> str:
    return "" if character in NONSPACING else character


def _without_marks(character: str) -> str:
    return "" if character in COMBINING else character


def _bytes(character: str) -> str:
    return to_printable(character.encode("utf-8", "surrogateescape"))


BYTE_LEVEL = CharTable(_bytes)
_LOWERCASE = CharTable(str.lower)


def _bert(spec: Fields) -> Normalizer:
    lowercase = spec.flag("lowercase")
    accents = lowercase if spec.get("strip_accents", None) is None else spec.flag("strip_accents")
    steps: list[Normalizer] = []
    if spec.flag("clean_text"):
        steps.append(_Characters(CharTable(_clean)))
    if spec.flag("handle_chinese_chars"):
        steps.append(_Characters(CharTable(_space_chinese)))
    if accents:
        steps += [_UnicodeForm("NFD"), _Characters(CharTable(_unaccented))]
    if lowercase:
        steps.append(_Characters(_LOWERCASE))
    return NormalizerSequence(steps)


def _sequence(spec: Fields) -> Normalizer:
    return NormalizerSequence([make_normalizer(one) for one in spec.objects("normalizers")])


def make_pattern(spec: Fields, name: str = "pattern") -> Finder:
    """Read a pattern: `{"String": ...}` or `{"Regex": ...}`."""
    pattern = spec.object(name)
    if "Regex" in pattern.values:
        return finder(pattern.text("Regex"), f"{pattern.where}.Regex")
    return literal_finder(pattern.text("String"))


_MAKERS: dict[str, Callable[[Fields], Normalizer]] = {
    "NFC": lambda _: _UnicodeForm("NFC"),
    "NFD": lambda _: _UnicodeForm("NFD"),
    "NFKC": lambda _: _UnicodeForm("NFKC"),
    "NFKD": lambda _: _UnicodeForm("NFKD"),
    "Lowercase": lambda _: _Characters(_LOWERCASE),
    "StripAccents": lambda _: _Characters(CharTable(_without_marks)),
    "Nmt": lambda _: _Characters(CharTable(_nmt)),
    "ByteLevel": lambda _: _Characters(BYTE_LEVEL),
    "Strip": lambda spec: _Strip(spec.flag("strip_left"), spec.flag("strip_right")),
    "Replace": lambda spec: _Replace(make_pattern(spec), spec.text("content")),
    "Prepend": lambda spec: _Prepend(spec.text("prepend")),
    "Precompiled": lambda spec: _Precompiled(Charsmap.from_base64(spec)),
    "BertNormalizer": _bert,
    "CLIP": lambda _: _CLIP(),  # of this library
    "Sequence": _sequence,
}


def make_normalizer(spec: Fields) -> Normalizer:
    """Make the normalizer that a tokenizer file describes.

    Raises:
        TokenizerError: it is of an unknown kind, or a field is missing or wrong.
    """
    if spec.kind not in _MAKERS:
        raise TokenizerError(
            f"{spec.where} is of the unknown type {spec.kind!r}; known: {', '.join(_MAKERS)}"
        )
    return _MAKERS[spec.kind](spec)
