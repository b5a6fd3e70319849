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
    Tokenizer,
    load_gpt2_tokenizer,
    load_tokenizer,
)

TEXT = "the cat, the hat: né 😀 \ufffd\x00\n"
ALL = [
    CharTokenizer.train(TEXT),
    CharTokenizer.train(TEXT, unknown="<unk>"),
    CharTokenizer("a\ud800\n"),
    ByteTokenizer(),
    BPETokenizer.train(TEXT * 3, 280),
    BPETokenizer.train(TEXT * 3, 280, special_tokens=("é\n", "<|endoftext|>")),
    BPETokenizer.train(TEXT * 3, 280, special_tokens=()),
]


@pytest.mark.parametrize("tokenizer", ALL, ids=lambda t: t.kind)
def test_what_is_read_is_what_was_written(tokenizer: Tokenizer, tmp_path: Path) -> None:
    tokenizer.save(tmp_path / "tokenizer.json")
    again = load_tokenizer(tmp_path / "tokenizer.json")
    assert type(again) is type(tokenizer)
    assert again.token_strings() == tokenizer.token_strings()
    assert os.listdir(tmp_path) == ["tokenizer.json"]
    if not isinstance(tokenizer, CharTokenizer):
        assert again.encode(TEXT).tolist() == tokenizer.encode(TEXT).tolist()
    again.save(tmp_path / "second.json")
    assert (tmp_path / "second.json").read_bytes() == (tmp_path / "tokenizer.json").read_bytes()


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
        ({"format": "gguf"}, "is no tokenizer of this library"),
        ({"version": 2}, "version 2 of the format; this library reads version 1"),
        ({"kind": "wordpiece"}, "unknown kind 'wordpiece'; known: char, byte, bpe"),
        ({"kind": ["bpe"]}, "unknown kind"),
        ({"kind": "char"}, "lacks the field 'characters'"),
        ({"merges": [[1, 2, 3]]}, "holds no valid bpe tokenizer"),
        ({"merges": [[10**30, 2]]}, "merge 0"),
        ({"merges": 5}, "holds no valid bpe tokenizer"),
        ({"merges": None}, "holds no valid bpe tokenizer"),
        ({"merges": [["a", "b"]]}, "holds no valid bpe tokenizer"),
        ({"vocabulary": []}, "special token"),
        ({"vocabulary": ["<|endoftext|>", "é", "é"]}, "repeated"),
        ({"vocabulary": ["<|endoftext|>", "é"]}, "lacks 255 of the 256 single bytes"),
        ({"vocabulary": [" "] * 300}, "stand for bytes"),
        ({"vocabulary": [7] * 300}, "must be a list of strings"),
        ({"vocabulary": "abc"}, "must be a list of strings"),
        ({"special_tokens": {"<|endoftext|>": 5}}, "<|endoftext|>"),
        ({"special_tokens": [1]}, "holds no valid bpe tokenizer"),
        ({"special_tokens": {"a": float("inf")}}, "holds no valid bpe tokenizer"),
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


@pytest.mark.parametrize(
    "change", [{"characters": ""}, {"characters": "aa"}, {"characters": 3}, {"unknown": 3}]
)
def test_a_forged_alphabet_is_refused(change: dict[str, Any], tmp_path: Path) -> None:
    changed(ALL[0], tmp_path / "t.json", change)
    with pytest.raises(TokenizerError, match=r"t\.json holds no valid char tokenizer"):
        load_tokenizer(tmp_path / "t.json")


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


@pytest.mark.parametrize(
    ("encoder", "merges", "message"),
    [
        ("{", "", "encoder.json holds no vocabulary"),
        ("[1]", "", "encoder.json holds no vocabulary"),
        ('{"a": 0, "b": 2}', "", "without a gap"),
        ('{"a": "x"}', "", "encoder.json holds no vocabulary"),
        ('{"a": 0}', "", "vocab.bpe holds no merges .*lacks 255"),
        ('{"a": 0}', "a zz\n", "merges 'zz', which .*encoder.json does not have"),
        ('{"a": 0}', "a b c\n", "vocab.bpe holds no merges"),
    ],
)
def test_damaged_gpt2_files_are_refused_and_named(
    encoder: str, merges: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "encoder.json").write_text(encoder)
    (tmp_path / "vocab.bpe").write_text(merges)
    with pytest.raises(TokenizerError, match=message):
        load_gpt2_tokenizer(tmp_path / "encoder.json", tmp_path / "vocab.bpe")
