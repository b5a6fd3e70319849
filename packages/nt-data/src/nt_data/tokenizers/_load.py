"""Reading tokenizers from files, of which nothing is believed before it is checked."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nt_data._errors import TokenizerError
from nt_data.tokenizers._bpe import BPETokenizer, is_byte_level
from nt_data.tokenizers._byte import ByteTokenizer
from nt_data.tokenizers._byte_alphabet import from_printable
from nt_data.tokenizers._char import PRE_TOKENIZER, CharTokenizer
from nt_data.tokenizers._fields import Fields
from nt_data.tokenizers._model_unigram import Unigram
from nt_data.tokenizers._model_words import WordLevel, WordPiece
from nt_data.tokenizers._published import clip, gpt2, wordpiece
from nt_data.tokenizers._tokenizer import Tokenizer
from nt_data.tokenizers._unigram import UnigramTokenizer
from nt_data.tokenizers._utf8 import to_utf8
from nt_data.tokenizers._word import WordTokenizer
from nt_data.tokenizers._wordpiece import WordPieceTokenizer

__all__ = ["load_tokenizer"]


def load_tokenizer(path: str | os.PathLike[str]) -> Tokenizer:
    r"""Read a tokenizer from a file or from a folder, published or saved here.

    | file | what it is |
    |---|---|
    | `tokenizer.json` | a pipeline as Hugging Face's `tokenizers` writes it, and as `save` does |
    | `vocab.bpe` and `encoder.json`, or `merges.txt` and `vocab.json` | GPT-2 |
    | `vocab.txt` | BERT; `tokenizer_config.json` beside it says if it lowers case |
    | `bpe_simple_vocab_16e6.txt.gz`, also unpacked | CLIP |
    | `*.model` | SentencePiece, unigram or BPE |

    In a folder the first of these is taken. What a file asks for and this library does not do is
    refused by its name. CLIP's own tokenizer first repairs broken text with the library `ftfy`;
    that is left to the caller. A SentencePiece model encodes as SentencePiece does, without the
    special tokens that a model family puts around it.

    Args:
        path: the file (of two that belong together, either) or the folder.

    Raises:
        FileNotFoundError: there is no such file, or none of these in the folder.
        TokenizerError: a file is cut short, altered or of another format; names the file and entry.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = Path(folder, "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\n##re\n")
        ...     load_tokenizer(folder)("There").tokens
        ['[CLS]', 'the', '##re', '[SEP]']
    """
    path = Path(path)
    if path.is_dir():
        path = _first_in(path)
    reader = next((reader for fits, reader in _READERS if fits(path.name)), _read_json)
    try:
        return reader(path)
    except TokenizerError as error:
        named = str(error)
        raise TokenizerError(named if str(path.parent) in named else f"{path}: {named}") from error


def _first_in(folder: Path) -> Path:
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    for fits, _ in _READERS:
        for name in names:
            if fits(name):
                return folder / name
    raise FileNotFoundError(
        f"{folder} has no tokenizer file: no tokenizer.json, vocab.bpe, merges.txt, vocab.txt, "
        "bpe_simple_vocab_16e6.txt.gz or *.model"
    )


def read_json(path: Path) -> Any:
    """Read a JSON file, or say that it is none."""
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:  # not UTF-8, not JSON, or brackets without end
        raise TokenizerError(f"{path} is cut short or is no JSON: {error}") from error


def _read_json(path: Path) -> Tokenizer:
    values = read_json(path)
    if not isinstance(values, dict) or not ("format" in values or "model" in values):
        raise TokenizerError(
            f'{path} is no tokenizer: neither "model" (a tokenizer.json) nor "format" is in it'
        )
    if "format" in values:
        return _earlier(values, path)
    return _as_its_kind(Tokenizer(values))


def _as_its_kind(tokenizer: Tokenizer) -> Tokenizer:
    """Give a tokenizer that is one of this library's kinds that kind's methods."""
    kinds: list[tuple[type[Tokenizer], bool]] = [
        (CharTokenizer, _is_char(tokenizer)),
        (ByteTokenizer, is_byte_level(tokenizer) and ByteTokenizer._is(tokenizer.model.vocab)),
        (BPETokenizer, is_byte_level(tokenizer)),
        (WordPieceTokenizer, isinstance(tokenizer.model, WordPiece)),
        (UnigramTokenizer, isinstance(tokenizer.model, Unigram)),
        (WordTokenizer, isinstance(tokenizer.model, WordLevel)),
    ]
    for kind, fits in kinds:
        if fits:
            again = object.__new__(kind)
            again.__dict__.update(tokenizer.__dict__)
            return again
    return tokenizer


def _is_char(tokenizer: Tokenizer) -> bool:
    model = tokenizer.model
    return (
        isinstance(model, WordLevel)
        and tokenizer._spec["pre_tokenizer"] == PRE_TOKENIZER
        and tokenizer._spec["post_processor"] is None
        and tokenizer._normalizer is None
        and tokenizer._decoder_kind == "Fuse"
        and all(len(name) == 1 or name == model.unk_token for name in model.vocab)
        and any(len(name) == 1 for name in model.vocab)
    )


def _earlier(values: Mapping[str, Any], path: Path) -> Tokenizer:
    """Read the format that this library wrote before it wrote `tokenizer.json`."""
    if values["format"] != "nt.tokenizer":
        raise TokenizerError(f'{path} is no tokenizer of this library: no "format": "nt.tokenizer"')
    if values.get("version") != 1:
        raise TokenizerError(
            f"{path} has version {values.get('version')!r} of the format; this library reads "
            "version 1"
        )
    kind = values.get("kind")
    if not isinstance(kind, str) or kind not in _EARLIER:
        raise TokenizerError(f"{path} has the unknown kind {kind!r}; known: {', '.join(_EARLIER)}")
    try:
        return _EARLIER[kind](values)
    except KeyError as error:
        raise TokenizerError(f"{path} lacks the field {error}") from error
    except (TypeError, ValueError, OverflowError) as error:
        raise TokenizerError(f"{path} holds no valid {kind} tokenizer: {error}") from error


def _earlier_char(values: Mapping[str, Any]) -> Tokenizer:
    characters, unknown = values["characters"], values["unknown"]
    if not isinstance(characters, str) or not isinstance(unknown, str | None):
        raise TokenizerError("characters and unknown must be strings")
    return CharTokenizer(characters, unknown=unknown)


def _earlier_bpe(values: Mapping[str, Any]) -> Tokenizer:
    names = values["vocabulary"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise TokenizerError("the vocabulary must be a list of strings")
    special = {str(name): int(i) for name, i in dict(values["special_tokens"]).items()}
    named = set(special.values())
    vocabulary = [
        to_utf8(name) if i in named else from_printable(name) for i, name in enumerate(names)
    ]
    return BPETokenizer(vocabulary, [(int(a), int(b)) for a, b in values["merges"]], special)


_EARLIER: dict[str, Callable[[Mapping[str, Any]], Tokenizer]] = {
    "char": _earlier_char,
    "byte": lambda _: ByteTokenizer(),
    "bpe": _earlier_bpe,
}


def _read_gpt2(path: Path) -> Tokenizer:
    partner = {
        "vocab.bpe": ("encoder.json",), "encoder.json": ("vocab.bpe",),
        "merges.txt": ("vocab.json",), "vocab.json": ("merges.txt",),
    }[path.name][0]  # fmt: skip
    vocab, merges = (
        (path, path.with_name(partner))
        if path.suffix == ".json"
        else (path.with_name(partner), path)
    )
    ids = Fields({"vocab": read_json(vocab)}, str(vocab))
    return _as_its_kind(gpt2(ids, _read_text(merges), merges, _config(path)))


def _read_wordpiece(path: Path) -> Tokenizer:
    return _as_its_kind(wordpiece(_read_text(path), _config(path)))


def _read_sentencepiece(path: Path) -> Tokenizer:
    proto = base64.b64encode(path.read_bytes()).decode()
    return Tokenizer({"model": {"type": "SentencePiece", "proto": proto}})


def _config(path: Path) -> Fields:
    """Read `tokenizer_config.json` beside a file; nothing where there is none."""
    config = path.with_name("tokenizer_config.json")
    return Fields(read_json(config) if config.exists() else {}, str(config))


def _read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise TokenizerError(f"{path} is not UTF-8: {error}") from error


_READERS: list[tuple[Callable[[str], bool], Callable[[Path], Tokenizer]]] = [
    (lambda name: name == "tokenizer.json", _read_json),
    (lambda name: name in ("vocab.bpe", "merges.txt", "encoder.json", "vocab.json"), _read_gpt2),
    (lambda name: name == "vocab.txt", _read_wordpiece),
    (lambda name: name.startswith("bpe_simple_vocab"), clip),
    (lambda name: name.endswith(".model"), _read_sentencepiece),
]
