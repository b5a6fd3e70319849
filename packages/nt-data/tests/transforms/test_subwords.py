"""MaxMatch-Dropout: the same words, in pieces as the paper's search would draw them."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nt_data import Draws
from nt_data.tokenizers import BPETokenizer, CharTokenizer, Tokenizer, WordPieceTokenizer
from nt_data.transforms import MaxMatchDropout
from nt_tensor import Generator

TEXT = "low lower lowest, slow lowers slowest " * 2
TOKENIZER = WordPieceTokenizer.train(TEXT, vocab_size=30)
VOCAB = {name: i for i, name in enumerate(TOKENIZER.token_strings())}


def ids(text: str) -> list[int]:
    return [int(i) for i in TOKENIZER.encode(text)]


def searched(word: str, p: float, rng: np.random.Generator) -> list[int]:
    """The paper's search: each match but a letter is dropped with probability p."""
    found: list[int] = []
    at = 0
    while at < len(word):
        for end in range(len(word), at, -1):
            token = VOCAB.get(("##" if at else "") + word[at:end])
            if token is not None and (end - at == 1 or rng.random() >= p):
                found.append(token)
                at = end
                break
    return found


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_pieces_come_as_often_as_in_the_papers_search(p: float) -> None:
    count, rng = 20_000, np.random.default_rng(0)
    expected = Counter(tuple(searched("slowest", p, rng)) for _ in range(count))
    rows = MaxMatchDropout(TOKENIZER, p)([ids("slowest")[1:-1]] * count, Generator(0))
    found = Counter(map(tuple, rows))
    assert len(expected) > 8
    for way in expected.keys() | found.keys():
        share = (expected[way] + found[way]) / (2 * count)
        deviation = np.sqrt(2 * share * (1 - share) / count)
        assert abs(expected[way] - found[way]) / count < 4.5 * deviation


@given(st.lists(st.text("lowers ,", max_size=20), max_size=4), st.floats(0, 1), st.integers(0, 99))
def test_the_text_stays(texts: list[str], p: float, seed: int) -> None:
    rows = MaxMatchDropout(TOKENIZER, p)([ids(text) for text in texts], Generator(seed))
    assert [TOKENIZER.decode(row) for row in rows] == [TOKENIZER.decode(ids(t)) for t in texts]
    for row, text in zip(rows, texts, strict=True):
        assert len(row) >= len(ids(text))


def test_p_of_0_changes_nothing_and_of_1_leaves_letters() -> None:
    row = ids("slowest, lower")
    assert MaxMatchDropout(TOKENIZER, 0.0)([row], Generator(0)) == [row]
    (letters,) = MaxMatchDropout(TOKENIZER, 1.0)([row], Generator(0))
    spelled = ["s", *"lowest", ",", "l", *"ower"]
    names = [TOKENIZER.id_to_token(i) for i in letters[1:-1]]
    assert [str(name).removeprefix("##") for name in names] == spelled


def test_special_and_unknown_tokens_stay_with_what_hangs_on_them() -> None:
    unknown, inside = VOCAB["[UNK]"], VOCAB["##st"]
    rows = [[VOCAB["[CLS]"], unknown, inside, VOCAB["[MASK]"], VOCAB["[SEP]"]], [inside]]
    for seed in range(5):
        assert MaxMatchDropout(TOKENIZER, 1.0)(rows, Generator(seed)) == rows


def test_a_word_is_never_begun_that_cannot_be_finished() -> None:
    vocab = ["[UNK]", "ab", "a", "##b", "abc", "##c"]
    spec = TOKENIZER.to_dict() | {"added_tokens": [], "post_processor": None}
    model = spec["model"] | {"vocab": {name: i for i, name in enumerate(vocab)}}
    whole = WordPieceTokenizer(spec | {"model": model})
    assert whole.encode("abc").tolist() == [4]
    without = model | {"vocab": {"[UNK]": 0, "ab": 1, "a": 2, "abc": 3, "##c": 4}}
    partly = WordPieceTokenizer(spec | {"model": without})
    # "a" is known, "##bc" and "##b" are not: after "abc" only "ab" is left.
    assert MaxMatchDropout(partly, 1.0)([[3]], Generator(0)) == [[1, 4]]
    assert MaxMatchDropout(whole, 1.0)([[4]], Generator(0)) == [[2, 3, 5]]


def test_what_a_text_gets_is_its_own_and_later_draws_are_too() -> None:
    rows = [ids("slowest"), ids("lower, slowest lowers " * 3), []]
    together = Draws([5, 6, 7])
    split = MaxMatchDropout(TOKENIZER, 0.5)
    every, later = split(rows, together), together.uniform()
    for i, key in enumerate((5, 6, 7)):
        alone = Draws([key])
        assert split([rows[i]], alone) == [every[i]]
        assert alone.uniform()[0] == later[i]


@pytest.mark.parametrize("other", [CharTokenizer("abc"), BPETokenizer.train("abc abc", 258)])
def test_other_tokenizers_are_refused(other: Tokenizer) -> None:
    with pytest.raises(ValueError, match="tokenizer must be one of WordPiece, got one of"):
        MaxMatchDropout(other)


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_what_is_no_probability_is_refused(p: float) -> None:
    with pytest.raises(ValueError, match=r"^p \("):
        MaxMatchDropout(TOKENIZER, p)
