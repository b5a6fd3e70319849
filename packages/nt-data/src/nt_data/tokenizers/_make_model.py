"""Which model a tokenizer file describes."""

from __future__ import annotations

from collections.abc import Callable

from nt_data._errors import TokenizerError
from nt_data.tokenizers._fields import Fields
from nt_data.tokenizers._model_bpe import BPE
from nt_data.tokenizers._model_unigram import Unigram
from nt_data.tokenizers._model_words import WordLevel, WordPiece
from nt_data.tokenizers._models import Model
from nt_data.tokenizers._sentencepiece import make_sentencepiece

__all__ = ["make_model", "model_kind"]

_MAKERS: dict[str, Callable[[Fields], Model]] = {
    "BPE": BPE.make,
    "SentencePiece": make_sentencepiece,  # of this library
    "Unigram": Unigram.make,
    "WordLevel": WordLevel.make,
    "WordPiece": WordPiece.make,
}


def make_model(spec: Fields) -> Model:
    """Make the model that a tokenizer file describes.

    Raises:
        TokenizerError: it is of an unknown kind, or a field is missing or wrong.
    """
    kind = model_kind(spec)
    if kind not in _MAKERS:
        raise TokenizerError(
            f"{spec.where} is of the unknown type {kind!r}; known: {', '.join(_MAKERS)}"
        )
    return _MAKERS[kind](spec)


def model_kind(spec: Fields) -> str:
    """Give the model's type; files from before there were types show it by their fields.

    Example:
        >>> model_kind(Fields({"vocab": {}, "merges": []}, "model"))
        'BPE'
    """
    if "type" in spec.values:
        return spec.kind
    if "merges" in spec.values:
        return "BPE"
    if "max_input_chars_per_word" in spec.values:
        return "WordPiece"
    return "WordLevel" if "unk_token" in spec.values else "Unigram"
