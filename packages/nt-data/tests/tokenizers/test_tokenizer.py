"""What every tokenizer asks of its texts."""

from typing import Any

import pytest
from nt_data.tokenizers import (
    BPETokenizer,
    ByteTokenizer,
    CharTokenizer,
    Tokenizer,
    Truncation,
    UnigramTokenizer,
    WordPieceTokenizer,
    WordTokenizer,
)

TEXT = "the cat, the hat"


def cut() -> Tokenizer:
    tokenizer = CharTokenizer.train(TEXT)
    tokenizer.truncation = Truncation(5)
    return tokenizer


def marked() -> Tokenizer:
    tokenizer = ByteTokenizer()
    tokenizer.add_tokens(["<s>"])
    return tokenizer


ALL = [
    CharTokenizer.train(TEXT),
    cut(),
    ByteTokenizer(),
    marked(),
    BPETokenizer.train(TEXT, 260),
    WordTokenizer.train(TEXT),
    WordPieceTokenizer.train(TEXT, 50),
    UnigramTokenizer.train(TEXT, 50),
]


@pytest.mark.parametrize("tokenizer", ALL, ids=lambda each: each.kind)
@pytest.mark.parametrize("text", [None, b"ab", 7, ["the"]])
def test_what_is_no_string_is_no_text(tokenizer: Tokenizer, text: Any) -> None:
    message = f"text must be a string, got {type(text).__name__}$"
    for encode in (tokenizer.encode, tokenizer):
        with pytest.raises(TypeError, match=message):
            encode(text)
        if text is not None:  # there is then no pair
            with pytest.raises(TypeError, match=message.replace("text", "pair", 1)):
                encode("the", text)


@pytest.mark.parametrize("tokenizer", ALL, ids=lambda each: each.kind)
@pytest.mark.parametrize("texts", ["the", b"the", None, 7])
def test_one_text_is_no_batch(tokenizer: Tokenizer, texts: Any) -> None:
    message = "texts must be a list of strings, or of pairs of strings, got " + type(texts).__name__
    with pytest.raises(TypeError, match=message):
        tokenizer.encode_batch(texts)


@pytest.mark.parametrize(
    ("one", "shown"),
    [
        (None, "None"),
        (b"ab", "b'ab'"),
        (("the",), r"\('the',\)"),
        (("the", None), r"\('the', None\)"),
        (["the"] * 9, r"\['the', .*\.\.\.\]"),
    ],
)
def test_an_entry_of_a_batch_that_is_no_text_is_named(one: Any, shown: str) -> None:
    message = rf"texts\[1\] must be a string or a pair of strings, got {shown}$"
    with pytest.raises(TypeError, match=message):
        CharTokenizer.train(TEXT).encode_batch(["the", one])


def test_a_batch_may_be_anything_that_gives_texts_and_pairs() -> None:
    tokenizer = CharTokenizer.train(TEXT)
    for texts in (["the", ("t", "he")], iter(("the", ["t", "he"]))):
        rows = [each.ids for each in tokenizer.encode_batch(texts)]  # type: ignore[arg-type]
        assert rows == [tokenizer("the").ids] * 2
