import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nt_data import TokenizerError
from nt_data.tokenizers import CharTokenizer

AnyText = st.text(st.characters(exclude_categories=()), min_size=1)  # lone surrogates included


@given(AnyText)
def test_any_text_survives_the_round_trip(text: str) -> None:
    tokenizer = CharTokenizer.train(text)
    ids = tokenizer.encode(text)
    assert len(ids) == len(text)
    assert tokenizer.decode(ids) == text
    assert tokenizer.vocab_size == len(set(text))


def test_ids_follow_the_code_points_as_in_nanogpt() -> None:
    text = "hello, World!\n😀"
    nanogpt = {character: i for i, character in enumerate(sorted(set(text)))}
    assert CharTokenizer.train(text).encode(text).tolist() == [nanogpt[c] for c in text]


@pytest.mark.parametrize("stranger", ["z", "é", "\n", "😀", "\U0010ffff", "\ud800", "\0"])
def test_an_unknown_character_is_named_with_its_place(stranger: str) -> None:
    tokenizer = CharTokenizer.train("abc")
    with pytest.raises(TokenizerError, match=rf"U\+{ord(stranger):04X}\) at position 4 "):
        tokenizer.encode("abca" + stranger + stranger)


def test_an_unknown_token_stands_for_every_stranger() -> None:
    tokenizer = CharTokenizer.train("cab", unknown="<unk>")
    ids = tokenizer.encode("a😀b?")
    assert ids.tolist() == [0, 3, 1, 3]
    assert tokenizer.decode(ids) == "a<unk>b<unk>"
    assert tokenizer.vocab_size == 4


def test_ids_are_as_compact_as_the_vocabulary_allows() -> None:
    assert CharTokenizer("".join(map(chr, range(256)))).encode("a").dtype == np.uint8
    assert CharTokenizer("".join(map(chr, range(257)))).encode("a").dtype == np.uint16
    assert (
        CharTokenizer("".join(map(chr, range(256))), unknown="<unk>").encode("a").dtype == np.uint16
    )


def test_empty_text_has_no_ids() -> None:
    tokenizer = CharTokenizer("ab")
    assert tokenizer.encode("").shape == (0,)
    assert tokenizer.decode([]) == ""
    assert tokenizer.decode(np.zeros(0)) == ""


def test_an_alphabet_must_hold_each_character_once() -> None:
    with pytest.raises(TokenizerError, match="'a' occurs twice"):
        CharTokenizer("aba")
    with pytest.raises(TokenizerError, match="alphabet is empty"):
        CharTokenizer.train("")
    with pytest.raises(TokenizerError, match=r"unknown \('a'\) must be a name that no character"):
        CharTokenizer("ab", unknown="a")


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([0, 3], r"id 3 at position 1 is not below vocab_size \(3\)"),
        ([-1], "id -1 at position 0"),
        ([0.0], "float64"),
        ([[0]], r"shape \(1, 1\)"),
        (2**63, "shape"),
    ],
)
def test_ids_that_are_none_are_refused(ids: object, message: str) -> None:
    with pytest.raises(TokenizerError, match=message):
        CharTokenizer("abc").decode(ids)  # type: ignore[arg-type]
