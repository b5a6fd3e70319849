"""What is put around the tokens of a text or a pair: `[CLS]`, `[SEP]`, type ids; spaces trimmed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from nt_data._errors import TokenizerError
from nt_data.tokenizers._encoding import Encoding
from nt_data.tokenizers._fields import Fields
from nt_data.tokenizers._unicode8 import SPACE

__all__ = ["PostProcessor", "make_processor"]

_BYTE_SPACE = SPACE | {"Ġ"}


@dataclass(frozen=True)
class _Text:
    """The place of a text in a template."""

    index: int  # 0 or 1
    type_id: int


@dataclass(frozen=True)
class _Special:
    """Tokens that a template adds."""

    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    type_id: int


_Template = tuple[_Text | _Special, ...]
_PLAIN: tuple[_Template, _Template] = ((_Text(0, 0),), (_Text(0, 0), _Text(1, 1)))


@dataclass(frozen=True)
class PostProcessor:
    """Templates for one text and for two, and what is done with spaces at a token's ends.

    Args:
        templates: what stands where, for one text and for two.
        framed: whether the templates are given; otherwise they are the texts alone.
        trim: whether offsets leave out spaces at a token's ends.
        prefix_space: whether the first token's space is one that was added, and has no offset.
        flat: whether overflowing parts have type ids of 0 too.
    """

    templates: tuple[_Template, _Template] = _PLAIN
    framed: bool = False
    trim: bool = False
    prefix_space: bool = False
    flat: bool = False

    def added(self, *, pair: bool) -> int:
        """How many tokens are added."""
        template = self.templates[pair]
        return sum(len(piece.ids) for piece in template if isinstance(piece, _Special))

    def ids(self, texts: Sequence[Sequence[int]], *, special: bool) -> list[int]:
        """Put the ids of one text or two into the template."""
        ids: list[int] = []
        for piece in self.templates[len(texts) - 1]:
            if isinstance(piece, _Text):
                ids.extend(texts[piece.index])
            elif special:
                ids.extend(piece.ids)
        return ids

    def process(self, texts: Sequence[Encoding], *, special: bool) -> Encoding:
        """Put one encoding or two into the template."""
        if self.trim:
            for text in texts:
                for part in (text, *text.overflowing):
                    _trim(part, self.prefix_space)
        if self.flat:
            for text in texts:
                for part in text.overflowing if special else ():
                    part.type_ids = [0] * len(part)
        whole = Encoding()
        for piece in self.templates[len(texts) - 1]:
            if isinstance(piece, _Text):
                text = texts[piece.index]
                part = replace(text, type_ids=[piece.type_id] * len(text))
            elif special:
                part = Encoding._added(piece.ids, piece.tokens, type_id=piece.type_id)
            else:
                continue
            whole = whole._joined(part) if len(whole) or whole.overflowing else part
        return whole


def _trim(encoding: Encoding, prefix_space: bool) -> None:
    for i, token in enumerate(encoding.tokens):
        start, stop = encoding.offsets[i]
        before = _spaces(token)
        behind = _spaces(token[::-1])
        if before:
            if before == 1 and prefix_space and (i == 0 or start == 0):
                before = 0
            start = min(start + before, stop)
        if behind and stop >= behind:
            stop = max(stop - behind, start)
        encoding.offsets[i] = start, stop


def _spaces(token: str) -> int:
    return next(
        (i for i, character in enumerate(token) if character not in _BYTE_SPACE), len(token)
    )


def _byte_level(spec: Fields) -> PostProcessor:
    return PostProcessor(trim=spec.flag("trim_offsets"), prefix_space=spec.flag("add_prefix_space"))


def _bert(spec: Fields) -> PostProcessor:
    cls, sep = _named(spec, "cls"), _named(spec, "sep")
    one = (cls, _Text(0, 0), sep)
    return PostProcessor((one, (*one, _Text(1, 1), replace(sep, type_id=1))), framed=True)


def _roberta(spec: Fields) -> PostProcessor:
    cls, sep = _named(spec, "cls"), _named(spec, "sep")
    one = (cls, _Text(0, 0), sep)
    return PostProcessor(
        (one, (*one, sep, _Text(1, 0), sep)),
        framed=True,
        trim=spec.flag("trim_offsets"),
        prefix_space=spec.flag("add_prefix_space"),
        flat=True,
    )


def _named(spec: Fields, name: str) -> _Special:
    pair = spec.list(name)
    token, i = pair if len(pair) == 2 else (None, None)
    if not isinstance(token, str) or type(i) is not int or i < 0:
        raise spec.refuse(name, "a token and its id")
    return _Special((i,), (token,), 0)


def _template(spec: Fields) -> PostProcessor:
    special = spec.object("special_tokens")
    one, two = (
        tuple(_piece(piece, special) for piece in spec.objects(name)) for name in ("single", "pair")
    )
    for piece in one:
        if isinstance(piece, _Text) and piece.index:
            raise spec.refuse("single", "a template with the sequence A alone")
    return PostProcessor((one, two), framed=True)


def _piece(piece: Fields, special: Fields) -> _Text | _Special:
    if "Sequence" in piece.values:
        text = piece.object("Sequence")
        return _Text(text.one_of("id", {"A": 0, "B": 1}), text.count("type_id"))
    one = piece.object("SpecialToken")
    token = special.object(one.text("id"))
    ids, tokens = token.list("ids"), token.list("tokens")
    if len(ids) != len(tokens) or any(type(i) is not int or i < 0 for i in ids):
        raise token.refuse("ids", f"as many ids as there are tokens ({len(tokens)})")
    return _Special(tuple(ids), tuple(map(str, tokens)), one.count("type_id"))


def _sequence(spec: Fields) -> PostProcessor:
    whole = PostProcessor()
    for one in spec.objects("processors"):
        part = make_processor(one)
        if (part.framed and whole.framed) or (part.trim and whole.trim):
            raise TokenizerError(
                f"{one.where} ({one.kind}) adds tokens or trims offsets where a processor before "
                "it already does: that is not supported"
            )
        whole = PostProcessor(
            part.templates if part.framed else whole.templates,
            part.framed or whole.framed,
            part.trim or whole.trim,
            part.prefix_space if part.trim else whole.prefix_space,
            part.flat or whole.flat,
        )
    return whole


_MAKERS: dict[str, Callable[[Fields], PostProcessor]] = {
    "BertProcessing": _bert,
    "ByteLevel": _byte_level,
    "RobertaProcessing": _roberta,
    "Sequence": _sequence,
    "TemplateProcessing": _template,
}


def make_processor(spec: Fields) -> PostProcessor:
    """Make the post-processor that a tokenizer file describes.

    Raises:
        TokenizerError: it is of an unknown kind, or a field is missing or wrong.
    """
    if spec.kind not in _MAKERS:
        raise TokenizerError(
            f"{spec.where} is of the unknown type {spec.kind!r}; known: {', '.join(_MAKERS)}"
        )
    return _MAKERS[spec.kind](spec)
