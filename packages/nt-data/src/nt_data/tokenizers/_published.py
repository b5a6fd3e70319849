"""Tokenizers published as bare vocabularies: GPT-2's, BERT's and CLIP's files, and their rules."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import Any

from nt_data._errors import TokenizerError
from nt_data.tokenizers._added_tokens import AddedToken
from nt_data.tokenizers._byte_alphabet import BYTE_ORDER, PRINTABLE
from nt_data.tokenizers._fields import Fields
from nt_data.tokenizers._tokenizer import Tokenizer

__all__ = ["clip", "gpt2", "wordpiece"]


def gpt2(ids: Fields, merges: str, merges_path: Path, config: Fields) -> Tokenizer:
    """Make GPT-2's tokenizer (RoBERTa's too) of its vocabulary and its merges."""
    vocab = ids.vocabulary("vocab")
    lines = merges.split("\n")
    pairs: list[list[str]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or (number == 1 and line.startswith("#version")):
            continue
        pair = line.rstrip("\r").split(" ")
        if len(pair) != 2 or any(part not in vocab for part in (*pair, "".join(pair))):
            raise TokenizerError(
                f"{merges_path} line {number} merges {line!r}, which {ids.where} does not have"
            )
        pairs.append(pair)
    missing = [byte for byte, name in PRINTABLE.items() if name not in vocab]
    if missing:
        raise TokenizerError(
            f"{ids.where} lacks {len(missing)} of the 256 single bytes, first 0x{missing[0]:02x}"
        )
    level = _byte_level(prefix_space=config.flag("add_prefix_space", default=False))
    special = [name for name in _GPT2_SPECIAL if name in vocab]
    return Tokenizer(
        {
            "added_tokens": [AddedToken(name, special=True)._spec(vocab[name]) for name in special],
            "pre_tokenizer": level,
            "decoder": level,
            "model": {"type": "BPE", "vocab": vocab, "merges": pairs},
        }
    )


_GPT2_SPECIAL = ("<|endoftext|>", "<s>", "<pad>", "</s>", "<unk>", "<mask>")


def _byte_level(*, prefix_space: bool) -> dict[str, Any]:
    return {"type": "ByteLevel", "add_prefix_space": prefix_space, "trim_offsets": False,
            "use_regex": True}  # fmt: skip


def wordpiece(text: str, config: Fields) -> Tokenizer:
    """Make BERT's tokenizer of its vocabulary, one token a line."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    vocab: dict[str, int] = {}
    for number, line in enumerate(lines):
        token = line.rstrip()
        if token in vocab:
            raise TokenizerError(f"line {number + 1} repeats the token {token!r}")
        vocab[token] = number
    roles = {role: _role(config, f"{role}_token", name) for role, name in _BERT_SPECIAL.items()}
    for role in ("unk", "cls", "sep"):
        if roles[role] not in vocab:
            raise TokenizerError(f"the vocabulary lacks the token {roles[role]!r}")
    accents = config.get("strip_accents", None)
    return Tokenizer(
        {
            "added_tokens": [
                AddedToken(name, special=True)._spec(vocab[name])
                for name in roles.values()
                if name in vocab
            ],
            "normalizer": {
                "type": "BertNormalizer", "clean_text": True,
                "handle_chinese_chars": config.flag("tokenize_chinese_chars", default=True),
                "strip_accents": accents,
                "lowercase": config.flag("do_lower_case", default=True),
            },
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": {
                "type": "BertProcessing",
                "sep": [roles["sep"], vocab[roles["sep"]]],
                "cls": [roles["cls"], vocab[roles["cls"]]],
            },
            "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
            "model": {
                "type": "WordPiece", "vocab": vocab, "unk_token": roles["unk"],
                "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
            },
        }
    )  # fmt: skip


_BERT_SPECIAL = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}


def _role(config: Fields, name: str, default: str) -> str:
    """Read a special token's name: a string, or an object with its content."""
    if isinstance(config.get(name, None), dict):
        return config.object(name).text("content")
    return default if config.get(name, None) is None else config.text(name)


def clip(path: Path) -> Tokenizer:
    """Make CLIP's tokenizer of its merges, packed with gzip or not."""
    pairs = [line.split() for line in _unpacked(path).split("\n")[1 : _CLIP_MERGES + 1]]
    letters = [PRINTABLE[byte] for byte in BYTE_ORDER]
    known = {*letters, *(letter + "</w>" for letter in letters)}
    while pairs and not pairs[-1]:
        pairs.pop()
    for number, pair in enumerate(pairs, 2):
        if len(pair) != 2 or not known.issuperset(pair):
            raise TokenizerError(f"line {number} merges {pair!r}, not two tokens from above it")
        known.add("".join(pair))
    words = [*letters, *(letter + "</w>" for letter in letters), *map("".join, pairs)]
    special = ["<|startoftext|>", "<|endoftext|>"]
    vocab = {token: i for i, token in enumerate([*words, *special])}
    return Tokenizer(
        {
            "added_tokens": [AddedToken(name, special=True)._spec(vocab[name]) for name in special],
            "find_special": False,  # its pattern finds them, behind a space or a letter alone
            "normalizer": {"type": "CLIP"},
            "pre_tokenizer": {
                "type": "Sequence",
                "pretokenizers": [
                    {
                        "type": "Split", "pattern": {"Regex": _CLIP_PATTERN},
                        "behavior": "Removed", "invert": True,
                    },
                    {
                        "type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False,
                        "use_regex": False,
                    },
                ],
            },
            "decoder": {
                "type": "Sequence",
                "decoders": [
                    {
                        "type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False,
                        "use_regex": False,
                    },
                    {"type": "Replace", "pattern": {"String": "</w>"}, "content": " "},
                ],
            },
            "model": {
                "type": "BPE", "vocab": vocab, "merges": pairs, "end_of_word_suffix": "</w>",
                "whole_words": special,
            },
        }
    )  # fmt: skip


_CLIP_MERGES = 49152 - 256 - 2
_CLIP_PATTERN = (
    r"(?i)<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]"
    r"|[^\s\p{L}\p{N}]+"
)
_LARGEST = 1 << 26  # bytes: CLIP's merges unpack to 3 MB


def _unpacked(path: Path) -> str:
    data = path.read_bytes()
    try:
        if data[:2] == b"\x1f\x8b":
            with gzip.open(path) as file:
                data = file.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise TokenizerError(f"more than {_LARGEST} bytes of merges")
        return data.decode()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise TokenizerError(f"cut short, altered or no text: {error}") from error
