"""The other trainers: words, WordPiece, Unigram."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_data import TokenizerError
from nt_data.tokenizers import (
    BPETokenizer,
    CharTokenizer,
    UnigramTokenizer,
    WordPieceTokenizer,
    WordTokenizer,
)
from nt_data.tokenizers._unigram_train import _digamma, _expected, learn_unigram

PROSE = "the unusable tables were used by the stable users, unable to use usable tables. " * 3


def test_words_are_ranked_by_count_then_by_name() -> None:
    tokenizer = WordTokenizer.train(["b a c", "a C!"], 6, lowercase=True)
    assert tokenizer.token_strings() == ["<unk>", "<pad>", "a", "c", "!", "b"]
    assert tokenizer("B? a").tokens == ["b", "<unk>", "a"]


def test_wordpiece_writes_every_word_of_its_text_without_unknowns() -> None:
    tokenizer = WordPieceTokenizer.train(PROSE, 45)
    assert tokenizer.vocab_size == 45
    encoding = tokenizer(PROSE)
    assert "[UNK]" not in encoding.tokens
    assert tokenizer.decode(encoding.ids, skip_special_tokens=True) == PROSE.strip()
    assert "the" in tokenizer.token_strings()


def test_unigram_writes_its_text_without_unknowns_and_gives_it_back() -> None:
    tokenizer = UnigramTokenizer.train(PROSE, 40)
    assert tokenizer.vocab_size <= 40
    ids = tokenizer.encode(PROSE)
    assert tokenizer.token_to_id("<unk>") not in ids
    assert tokenizer.decode(ids) == PROSE
    assert len(ids) < len(PROSE) / 2


def ways(word: str, scores: dict[str, float]) -> list[list[str]]:
    """Every way to write a word, by trying all cuts."""
    found = []
    for count in range(len(word)):
        for cuts in itertools.combinations(range(1, len(word)), count):
            ends = [0, *cuts, len(word)]
            pieces = [word[a:b] for a, b in itertools.pairwise(ends)]
            if all(piece in scores for piece in pieces):
                found.append(pieces)
    return found


@settings(max_examples=40, deadline=None)
@given(
    words=st.dictionaries(st.text("ab", min_size=1, max_size=6), st.integers(1, 4), min_size=1),
    data=st.data(),
)
def test_expected_counts_are_those_of_all_ways_weighed(
    words: dict[str, int], data: st.DataObject
) -> None:
    pieces = ["a", "b", "ab", "ba", "aa", "bab"]
    scores = {piece: -data.draw(st.floats(0.1, 9)) for piece in pieces}
    expected: dict[str, float] = dict.fromkeys(pieces, 0.0)
    for word, count in words.items():
        found = ways(word, scores)
        weights = [math.exp(sum(scores[piece] for piece in way)) for way in found]
        for way, weight in zip(found, weights, strict=True):
            for piece in way:
                expected[piece] += count * weight / sum(weights)
    learned = _expected(words, scores, 16)
    for piece in pieces:
        assert learned.get(piece, 0.0) == pytest.approx(expected[piece], abs=1e-9)


def test_every_character_stays_and_the_size_is_kept() -> None:
    words = {"zebra": 1, "abab": 50, "ababab": 20, "q": 1}
    learned = learn_unigram(words, 9)
    assert len(learned) == 9
    assert {c for word in words for c in word} <= {piece for piece, _ in learned}
    assert [score for _, score in learned] == sorted((s for _, s in learned), reverse=True)


@pytest.mark.parametrize(
    ("x", "value"), [(1, -0.5772156649), (0.5, -1.9635100260), (10, 2.2517525891)]
)
def test_digamma_has_its_known_values(x: float, value: float) -> None:
    assert _digamma(x) == pytest.approx(value, abs=1e-8)


@pytest.mark.parametrize("kind", [WordPieceTokenizer, UnigramTokenizer])
def test_a_vocabulary_without_room_is_refused(kind: type[WordPieceTokenizer]) -> None:
    with pytest.raises(TokenizerError, match=r"vocab_size \(5\) must be at least \d+: \d+ char"):
        kind.train(PROSE, 5)


@pytest.mark.parametrize("kind", [WordTokenizer, WordPieceTokenizer, UnigramTokenizer])
@pytest.mark.parametrize("text", ["", [], ["", ""], "[UNK]<unk>"])
def test_a_text_without_words_teaches_nothing(
    kind: type[WordPieceTokenizer], text: str | list[str]
) -> None:
    special = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "<unk>")
    with pytest.raises(TokenizerError, match="text has no words: a tokenizer needs at least one"):
        kind.train(text, 300, special_tokens=special)


def test_of_an_empty_text_only_what_works_without_one_is_made() -> None:
    with pytest.raises(TokenizerError, match="alphabet is empty"):
        CharTokenizer.train("")
    tokenizer = BPETokenizer.train("", 300)
    assert tokenizer.vocab_size == 257  # <|endoftext|> and the bytes
    assert tokenizer.decode(tokenizer.encode("né")) == "né"


def test_an_unknown_token_must_be_among_the_special_ones() -> None:
    for kind in (WordTokenizer, UnigramTokenizer):
        with pytest.raises(TokenizerError, match=r"unknown \('<x>'\) must be among"):
            kind.train(PROSE, 99, unknown="<x>")
    with pytest.raises(TokenizerError, match=r"special_tokens lack \[CLS\], \[SEP\]"):
        WordPieceTokenizer.train(PROSE, 99, special_tokens=["[UNK]"])
