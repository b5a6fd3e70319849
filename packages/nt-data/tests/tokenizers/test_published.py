import gzip
import json
from pathlib import Path

import pytest
from nt_data import TokenizerError
from nt_data.tokenizers import load_tokenizer
from nt_data.tokenizers._byte_alphabet import BYTE_ORDER, PRINTABLE

LETTERS = [PRINTABLE[byte] for byte in BYTE_ORDER]
VOCAB = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "caf", "##e", "Caf", "##é", "!"]


@pytest.mark.parametrize("names", [("encoder.json", "vocab.bpe"), ("vocab.json", "merges.txt")])
def test_gpt2s_two_files_load_by_folder_and_by_either(
    names: tuple[str, str], tmp_path: Path
) -> None:
    words = [*LETTERS, "he", "the", "<|endoftext|>"]
    (tmp_path / names[0]).write_text(json.dumps({word: i for i, word in enumerate(words)}))
    (tmp_path / names[1]).write_text("#version: 0.2\nh e\nt he\n", encoding="utf-8")
    for path in (tmp_path, tmp_path / names[0], tmp_path / names[1]):
        assert load_tokenizer(path).encode("the<|endoftext|>").tolist() == [257, 258]


@pytest.mark.parametrize(
    ("encoder", "merges", "message"),
    [
        ("{", "", "encoder.json is cut short or is no JSON"),
        ("[1]", "", r"encoder.json.vocab is \[1\], not an object"),
        ('{"a": "x"}', "", r"encoder.json.vocab\['a'\] is 'x'"),
        ('{"a": 0, "b": 0}', "", "encoder.json.vocab gives id 0 to 'a' and to 'b'"),
        ('{"a": 0}', "", "encoder.json lacks 255 of the 256 single bytes, first 0x21"),
        ('{"a": 0}', "a zz\n", "vocab.bpe line 1 merges 'a zz', which .*encoder.json does not"),
        ('{"a": 0}', "a b c\n", "vocab.bpe line 1 merges 'a b c'"),
    ],
)
def test_damaged_gpt2_files_are_refused_and_named(
    encoder: str, merges: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "encoder.json").write_text(encoder)
    (tmp_path / "vocab.bpe").write_text(merges)
    with pytest.raises(TokenizerError, match=message):
        load_tokenizer(tmp_path / "vocab.bpe")


def test_berts_config_says_if_case_is_lowered(tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("\n".join(VOCAB) + "\n", encoding="utf-8")
    lowered = load_tokenizer(tmp_path)
    assert lowered("Café!").tokens == ["[CLS]", "caf", "##e", "!", "[SEP]"]
    assert lowered("Café", "!").type_ids == [0, 0, 0, 0, 1, 1]
    (tmp_path / "tokenizer_config.json").write_text('{"do_lower_case": false}')
    assert load_tokenizer(tmp_path)("Café!").tokens == ["[CLS]", "Caf", "##é", "!", "[SEP]"]
    (tmp_path / "tokenizer_config.json").write_text('{"do_lower_case": "no"}')
    with pytest.raises(TokenizerError, match=r"tokenizer_config\.json\.do_lower_case is 'no'"):
        load_tokenizer(tmp_path)


def test_a_vocabulary_without_berts_special_tokens_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("a\nb\n")
    with pytest.raises(TokenizerError, match=r"vocab\.txt: .*lacks the token '\[UNK\]'"):
        load_tokenizer(tmp_path)
    (tmp_path / "vocab.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(TokenizerError, match=r"vocab\.txt is not UTF-8"):
        load_tokenizer(tmp_path)


def test_clips_merges_load_packed_or_not_and_the_text_is_cleaned(tmp_path: Path) -> None:
    merges = "version\nh e</w>\nt he</w>\n"
    packed, plain = tmp_path / "bpe_simple_vocab.txt.gz", tmp_path / "bpe_simple_vocab.txt"
    packed.write_bytes(gzip.compress(merges.encode()))
    plain.write_text(merges)
    for path in (packed, plain):
        tokenizer = load_tokenizer(path)
        start, end = 514, 515
        ids = tokenizer.encode(" The\t&amp;amp; <|startoftext|> x<|endoftext|>").tolist()
        amp = tokenizer.token_to_id("&</w>")
        assert ids == [513, amp, start, tokenizer.token_to_id("x</w>"), end]
        assert tokenizer.decode([513, 513]) == "the the "
        # Behind signs the pattern takes the name's own signs first, as CLIP's does.
        assert start not in tokenizer.encode("!<|startoftext|>")
    packed.write_bytes(packed.read_bytes()[:-9])
    with pytest.raises(TokenizerError, match=r"txt\.gz: cut short"):
        load_tokenizer(packed)


def test_a_folder_without_a_tokenizer_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no tokenizer file"):
        load_tokenizer(tmp_path)
