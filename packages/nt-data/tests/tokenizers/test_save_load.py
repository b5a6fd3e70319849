import errno
import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nt_data import TokenizerError
from nt_data.tokenizers import (
    BPETokenizer,
    ByteTokenizer,
    CharTokenizer,
    Padding,
    Tokenizer,
    Truncation,
    UnigramTokenizer,
    WordPieceTokenizer,
    WordTokenizer,
    load_tokenizer,
)
from nt_data.tokenizers._byte_alphabet import PRINTABLE

TEXT = "the cat, the hat: né 😀 \ufffd\x00\n"
ALL = [
    CharTokenizer.train(TEXT),
    CharTokenizer.train(TEXT, unknown="<unk>"),
    CharTokenizer("a\ud800\n"),
    ByteTokenizer(),
    BPETokenizer.train(TEXT * 3, 280),
    BPETokenizer.train(TEXT * 3, 280, special_tokens=("é\n", "<|endoftext|>")),
    BPETokenizer.train(TEXT * 3, 280, special_tokens=()),
    WordTokenizer.train(TEXT),
    WordPieceTokenizer.train(TEXT * 3, 50),
    UnigramTokenizer.train(TEXT * 3, 50),
]


@pytest.mark.parametrize("tokenizer", ALL, ids=lambda t: t.kind)
def test_what_is_read_is_what_was_written(tokenizer: Tokenizer, tmp_path: Path) -> None:
    tokenizer.save(tmp_path / "tokenizer.json")
    again = load_tokenizer(tmp_path / "tokenizer.json")
    assert type(again) is type(tokenizer)
    assert again.token_strings() == tokenizer.token_strings()
    assert os.listdir(tmp_path) == ["tokenizer.json"]
    assert again.vocab_size == tokenizer.vocab_size
    if "\ud800" not in tokenizer.token_strings():
        assert again.encode(TEXT).tolist() == tokenizer.encode(TEXT).tolist()
        assert again(TEXT, "the cat") == tokenizer(TEXT, "the cat")
    again.save(tmp_path / "second.json")
    assert (tmp_path / "second.json").read_bytes() == (tmp_path / "tokenizer.json").read_bytes()


def test_added_tokens_and_lengths_are_saved_too(tmp_path: Path) -> None:
    tokenizer = BPETokenizer.train(TEXT * 3, 280)
    tokenizer.add_tokens(["<mask>"])
    tokenizer.truncation = Truncation(5, stride=1, strategy="only_first", direction="left")
    tokenizer.padding = Padding(8, direction="left", pad_id=3, pad_token="é", pad_to_multiple_of=5)
    tokenizer.save(tmp_path / "t.json")
    again = load_tokenizer(tmp_path / "t.json")
    assert isinstance(again, BPETokenizer)
    assert (again.truncation, again.padding) == (tokenizer.truncation, tokenizer.padding)
    assert again("a cat <mask>") == tokenizer("a cat <mask>")
    assert len(again.encode("a cat <mask>")) == 10
    assert again.decode(again.encode("a<mask>"), skip_special_tokens=True).endswith("a")


@pytest.mark.parametrize("tokenizer", [ALL[0], ALL[4]], ids=lambda t: t.kind)
def test_a_file_cut_short_anywhere_is_refused(tokenizer: Tokenizer, tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    tokenizer.save(path)
    whole = path.read_bytes()
    for length in range(0, len(whole.rstrip()), max(1, len(whole) // 50)):
        path.write_bytes(whole[:length])
        with pytest.raises(TokenizerError, match=r"tokenizer\.json"):
            load_tokenizer(path)


def changed(tokenizer: Tokenizer, path: Path, change: dict[str, Any]) -> None:
    tokenizer.save(path)
    path.write_text(json.dumps(json.loads(path.read_bytes()) | change), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": "2.0"}, "tokenizer.version is '2.0', not '1.0'"),
        ({"model": None}, "model is None, not an object"),
        ({"model": {"type": "Morfessor"}}, "model is of the unknown type 'Morfessor'; known: BPE"),
        ({"model": {"type": ["BPE"]}}, "model.type is ['BPE'], not a string"),
        ({"model": {"type": "BPE"}}, "model lacks the field 'vocab'"),
        ({"model": {"type": "BPE", "vocab": [], "merges": []}}, "model.vocab is [], not an object"),
        ({"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}}, "model.vocab['a'] is -1"),
        ({"model": {"type": "BPE", "vocab": {"a": 1.0}, "merges": []}}, "model.vocab['a'] is 1.0"),
        ({"model": {"type": "BPE", "vocab": {"a": 1, "b": 1}, "merges": []}}, "'a' and to 'b'"),
        ({"model": {"type": "BPE", "vocab": {"a": 0}, "merges": 5}}, "model.merges is 5"),
        ({"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a a a"]}}, "model.merges[0]"),
        ({"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [["a", 1]]}}, "model.merges[0]"),
        (
            {"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a a"]}},
            "'aa' is not in the voc",
        ),
        (
            {"normalizer": {"type": "Rot13"}},
            "normalizer is of the unknown type 'Rot13'; known: NFC",
        ),
        ({"normalizer": []}, "normalizer is [], not an object"),
        ({"pre_tokenizer": {"type": "ByteLevel"}}, "pre_tokenizer lacks the field 'trim_offsets'"),
        ({"decoder": {"type": "Fuse2"}}, "decoder is of the unknown type 'Fuse2'"),
        ({"post_processor": {"type": "Rope"}}, "post_processor is of the unknown type 'Rope'"),
        ({"padding": {"strategy": 4}}, "padding.strategy is 4, not an object"),
        ({"truncation": {"max_length": -4}}, "truncation.max_length is -4"),
        ({"added_tokens": [{"id": 0}]}, "added_tokens[0] lacks the field 'content'"),
        ({"added_tokens": {"a": 1}}, "tokenizer.added_tokens is {'a': 1}, not a list"),
    ],
)
def test_a_forged_file_is_refused_and_named(
    change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    changed(ALL[4], tmp_path / "t.json", change)
    with pytest.raises(TokenizerError, match=r"t\.json") as caught:
        load_tokenizer(tmp_path / "t.json")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


EARLIER: dict[str, Any] = {
    "format": "nt.tokenizer", "version": 1, "kind": "bpe", "special_tokens": {"<s>": 0},
    "vocabulary": ["<s>", *(PRINTABLE[byte] for byte in range(256)), "ab"],
    "merges": [[98, 99]],
}  # fmt: skip


def test_files_of_the_earlier_format_still_load(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps(EARLIER))
    bpe = load_tokenizer(tmp_path / "t.json")
    assert isinstance(bpe, BPETokenizer)
    assert bpe.encode("ab<s>").tolist() == [257, 0]
    (tmp_path / "t.json").write_text('{"format": "nt.tokenizer", "version": 1, "kind": "byte"}')
    assert isinstance(load_tokenizer(tmp_path / "t.json"), ByteTokenizer)
    char = {"format": "nt.tokenizer", "version": 1, "kind": "char", "characters": "ba"}
    (tmp_path / "t.json").write_text(json.dumps(char | {"unknown": "?"}))
    assert load_tokenizer(tmp_path / "t.json").encode("abc").tolist() == [1, 0, 2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "gguf"}, "is no tokenizer of this library"),
        ({"version": 2}, "version 2 of the format; this library reads version 1"),
        ({"kind": "wordpiece"}, "unknown kind 'wordpiece'; known: char, byte, bpe"),
        ({"kind": ["bpe"]}, "unknown kind"),
        ({"kind": "char"}, "lacks the field 'characters'"),
        ({"kind": "char", "characters": "", "unknown": None}, "no valid char tokenizer"),
        ({"kind": "char", "characters": "aa", "unknown": None}, "no valid char tokenizer"),
        ({"kind": "char", "characters": 3, "unknown": None}, "no valid char tokenizer"),
        ({"merges": [[1, 2, 3]]}, "holds no valid bpe tokenizer"),
        ({"merges": [[10**30, 2]]}, "merge 0"),
        ({"merges": None}, "holds no valid bpe tokenizer"),
        ({"merges": [["a", "b"]]}, "holds no valid bpe tokenizer"),
        ({"vocabulary": []}, "special token"),
        ({"vocabulary": ["<s>", "é", "é"]}, "repeated"),
        ({"vocabulary": ["<s>", "é"]}, "lacks 255 of the 256 single bytes"),
        ({"vocabulary": [" "] * 300}, "stand for bytes"),
        ({"vocabulary": [7] * 300}, "must be a list of strings"),
        ({"special_tokens": {"<s>": 5}}, "<s>"),
        ({"special_tokens": [1]}, "holds no valid bpe tokenizer"),
        ({"special_tokens": {"a": float("inf")}}, "holds no valid bpe tokenizer"),
    ],
)
def test_a_forged_file_of_the_earlier_format_is_refused(
    change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    (tmp_path / "t.json").write_text(json.dumps(EARLIER | change))
    with pytest.raises(TokenizerError, match=r"t\.json") as caught:
        load_tokenizer(tmp_path / "t.json")
    assert message in str(caught.value)


@given(st.binary(max_size=50))
def test_noise_is_refused(noise: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.json")
        path.write_bytes(noise)
        with pytest.raises(TokenizerError, match=r"t\.json"):
            load_tokenizer(path)


def test_a_file_of_deeply_nested_brackets_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text("[" * 200_000)
    with pytest.raises(TokenizerError, match=r"t\.json"):
        load_tokenizer(tmp_path / "t.json")


def test_a_missing_file_is_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.json"):
        load_tokenizer(tmp_path / "nothing.json")


def test_a_failed_save_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tokenizer.json"
    ALL[0].save(path)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        ALL[4].save(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["tokenizer.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_a_saved_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    ALL[0].save(tmp_path / "tokenizer.json")
    modes = {stat.S_IMODE((tmp_path / n).stat().st_mode) for n in ("other", "tokenizer.json")}
    assert len(modes) == 1
