"""Every string of every published reference result, exactly."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nt_data import TokenizerError
from nt_data.tokenizers import Padding, Truncation, load_tokenizer

Shared = Callable[[str], Path]
FILES = ["bpe_bytelevel", "bpe_chars", "wordpiece", "unigram", "wordlevel"]


def read(path: Path) -> Any:
    return json.loads(path.read_bytes())


@pytest.mark.parametrize("name", FILES)
def test_a_tokenizer_file_encodes_and_decodes_as_the_original(name: str, shared: Shared) -> None:
    folder = shared("goldens/tokenizers")
    tokenizer = load_tokenizer(folder / name)
    strings, expected = read(folder / "strings.json"), read(folder / name / "encodings.json")
    for text, want in zip(strings, expected, strict=True):
        found = tokenizer(text)
        assert found.ids == want["ids"], text
        assert found.tokens == want["tokens"], text
        assert [list(span) for span in found.offsets] == want["offsets"], text
        assert tokenizer.encode(text).tolist() == want["ids"], text
        assert tokenizer.decode(found.ids) == want["decoded"], text
        skipped = tokenizer.decode(found.ids, skip_special_tokens=True)
        assert skipped == want["decoded_skip_special"], text


def test_pairs_are_cut_and_filled_as_by_the_original(shared: Shared) -> None:
    folder = shared("goldens/tokenizers/wordpiece")
    tokenizer = load_tokenizer(folder)
    for case in read(folder / "pairs.json"):
        config = case["config"]
        cut = Truncation(config["max_length"], config["stride"], config["strategy"])
        fill = Padding(config["pad_to"]) if config["pad_to"] else None
        if "ids" not in case:  # the original refuses it too
            with pytest.raises(TokenizerError, match="truncation"):
                tokenizer(case["a"], case["b"], truncation=cut, padding=fill)
            continue
        found = tokenizer(case["a"], case["b"], truncation=cut, padding=fill)
        for key in ("ids", "type_ids", "attention_mask", "special_tokens_mask"):
            assert getattr(found, key) == case[key], (case["a"], key)
        assert [part.ids for part in found.overflowing] == case["overflowing"], case["a"]


def test_clip_gives_its_published_ids(shared: Shared) -> None:
    folder = shared("goldens/tokenizers")
    tokenizer = load_tokenizer(folder / "clip")
    assert tokenizer.vocab_size == 49408
    unchanged = read(folder / "meta.json")["clip"]["unchanged"]  # by ftfy, which is not run here
    strings, expected = read(folder / "strings.json"), read(folder / "clip/encodings.json")
    for text, want, same in zip(strings, expected, unchanged, strict=True):
        if same:
            assert tokenizer.encode(text).tolist() == want["ids"], text
            assert tokenizer.decode(want["ids"]) == want["decoded"], text
