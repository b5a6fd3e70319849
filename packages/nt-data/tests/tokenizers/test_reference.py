"""Small reference results that travel with the tests: by `tokenizers` 0.23.3 and `sentencepiece`.

`tokenizers.json` holds made-up pipelines, each with what the library gives for hostile strings;
`sp_*.model` are two small SentencePiece models, `sentencepiece.json` what they give.
"""

import json
import shutil
from pathlib import Path

import pytest
from nt_data import TokenizerError
from nt_data.tokenizers import Tokenizer, load_tokenizer

FOLDER = Path(__file__).parent / "reference"
CASES = json.loads((FOLDER / "tokenizers.json").read_bytes())
PIECES = json.loads((FOLDER / "sentencepiece.json").read_bytes())
LISTS = [
    "ids", "tokens", "type_ids", "attention_mask", "special_tokens_mask", "word_ids",
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(CASES)))
def test_a_pipeline_gives_what_the_original_gives(number: int, tmp_path: Path) -> None:
    spec = CASES[number]["spec"]
    (tmp_path / "tokenizer.json").write_text(json.dumps(spec))
    loaded = load_tokenizer(tmp_path)
    loaded.save(tmp_path / "again.json")
    for tokenizer in (Tokenizer(spec), loaded, load_tokenizer(tmp_path / "again.json")):
        for case in CASES[number]["cases"]:
            found = tokenizer(case["text"], case["pair"])
            for name in LISTS:
                assert getattr(found, name) == case[name], (case["text"], name)
            assert [list(span) for span in found.offsets] == case["offsets"], case["text"]
            assert [part.ids for part in found.overflowing] == case["overflowing"]
            assert tokenizer.encode(case["text"], case["pair"]).tolist() == case["ids"]
            assert tokenizer.decode(found.ids) == case["decoded"]
            assert tokenizer.decode(found.ids, skip_special_tokens=True) == case["skipped"]


@pytest.mark.parametrize("name", sorted(PIECES))
def test_a_sentencepiece_model_gives_what_the_original_gives(name: str, tmp_path: Path) -> None:
    shutil.copy(FOLDER / f"{name}.model", tmp_path / "spiece.model")
    loaded = load_tokenizer(tmp_path)
    loaded.save(tmp_path / "again.json")
    for tokenizer in (loaded, load_tokenizer(tmp_path / "again.json")):
        for case in PIECES[name]:
            found = tokenizer(case["text"])
            assert found.ids == case["ids"], case["text"]
            assert found.tokens == case["tokens"], case["text"]
            assert [list(span) for span in found.offsets] == case["offsets"], case["text"]
            assert tokenizer.encode(case["text"]).tolist() == case["ids"], case["text"]
            assert tokenizer.decode(case["ids"]) == case["decoded"], case["text"]


@pytest.mark.parametrize("name", sorted(PIECES))
def test_a_model_cut_inside_a_field_is_refused(name: str, tmp_path: Path) -> None:
    whole = (FOLDER / f"{name}.model").read_bytes()
    end = 0  # of the fields before: a piece is a tag, a length below 128, and that many bytes
    cuts = []
    while whole[end] == 0x0A:
        cuts += [end + 1, end + 2 + whole[end + 1] // 2]
        end += 2 + whole[end + 1]
    for cut in cuts[:: len(cuts) // 40]:
        (tmp_path / "cut.model").write_bytes(whole[:cut])
        with pytest.raises(TokenizerError, match=r"cut\.model"):
            load_tokenizer(tmp_path / "cut.model")


def test_noise_is_no_sentencepiece_model(tmp_path: Path) -> None:
    for noise in (b"", b"\x00", b"\xff" * 30, b"hello", b"\x0a\xff\xff\xff\xff\x0f", b"\x0a\x00"):
        (tmp_path / "noise.model").write_bytes(noise)
        with pytest.raises(TokenizerError, match=r"noise\.model"):
            load_tokenizer(tmp_path / "noise.model")
