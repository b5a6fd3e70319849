import itertools
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nt_data.metrics import (
    bigram_cross_entropy,
    bits_per_byte,
    perplexity,
    unigram_cross_entropy,
)

Tokens = st.lists(st.integers(0, 6), min_size=2, max_size=40)


def unigram(train: list[int], token: int, vocab: int) -> float:
    return (train.count(token) + 1) / (len(train) + vocab)


def bigram(train: list[int], before: int, token: int, vocab: int) -> float:
    pairs = Counter(itertools.pairwise(train))
    after = {b: n for (a, b), n in pairs.items() if a == before}
    if not after:
        return unigram(train, token, vocab)
    total = sum(after.values()) + len(after)
    return (after.get(token, 0) + len(after) * unigram(train, token, vocab)) / total


@given(train=Tokens, validation=Tokens, spare=st.integers(0, 3))
def test_cross_entropies_are_those_of_the_written_formula(
    train: list[int], validation: list[int], spare: int
) -> None:
    vocab = 7 + spare
    ones = [-math.log(unigram(train, b, vocab)) for b in validation[1:]]
    twos = [-math.log(bigram(train, a, b, vocab)) for a, b in itertools.pairwise(validation)]
    n = len(ones)
    assert unigram_cross_entropy(train, validation, vocab) == pytest.approx(sum(ones) / n, rel=1e-9)
    assert bigram_cross_entropy(train, validation, vocab) == pytest.approx(sum(twos) / n, rel=1e-9)


@given(train=Tokens)
def test_what_follows_any_token_has_probability_one_in_all(train: list[int]) -> None:
    vocab = 8
    for before in range(vocab):
        chances = [math.exp(-bigram_cross_entropy(train, [before, b], vocab)) for b in range(vocab)]
        assert sum(chances) == pytest.approx(1)
    chances = [math.exp(-unigram_cross_entropy(train, [0, b], vocab)) for b in range(vocab)]
    assert sum(chances) == pytest.approx(1)


def test_compact_dtypes_do_not_overflow() -> None:
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 50257, 5000)
    wide = bigram_cross_entropy(tokens, tokens, 50257)
    assert bigram_cross_entropy(tokens.astype(np.uint16), tokens.astype(np.uint16), 50257) == wide


def test_a_text_without_memory_gains_nothing_from_the_token_before() -> None:
    rng = np.random.default_rng(1)
    train, validation = rng.integers(0, 4, 200_000), rng.integers(0, 4, 20_000)
    for entropy in (unigram_cross_entropy, bigram_cross_entropy):
        assert entropy(train, validation, 4) == pytest.approx(math.log(4), abs=1e-3)


def test_a_text_of_pairs_gains_everything() -> None:
    tokens = np.arange(100_000) % 5
    assert unigram_cross_entropy(tokens, tokens, 5) == pytest.approx(math.log(5), abs=1e-4)
    assert bigram_cross_entropy(tokens, tokens, 5) < 1e-3


def test_units() -> None:
    assert perplexity(0) == 1
    assert perplexity(math.log(50257)) == pytest.approx(50257)
    assert perplexity(1e5) == perplexity(math.inf) == math.inf  # no float is as large
    assert perplexity(-1e5) == 0
    assert math.isnan(perplexity(math.nan))
    assert bits_per_byte(1e5, tokens=1, bytes=1) == pytest.approx(1e5 / math.log(2))
    # One token of 4 bytes at 8 bits is 2 bits a byte.
    assert bits_per_byte(8 * math.log(2), tokens=10, bytes=40) == pytest.approx(2)
    with pytest.raises(ValueError, match=r"bytes \(0\)"):
        bits_per_byte(1.0, tokens=0, bytes=0)


@pytest.mark.parametrize("entropy", [unigram_cross_entropy, bigram_cross_entropy])
@pytest.mark.parametrize(
    ("train", "validation", "message"),
    [
        ([0, 1], [0], "validation must be at least two integers"),
        ([], [0, 1], "train must be at least two integers"),
        ([0, 1], [0, 9], r"ids from 0 to 9; vocab_size \(5\)"),
        ([0, -1], [0, 1], "ids from -1 to 0"),
        ([0.0, 1.0], [0, 1], "float64"),
        ([[0, 1]], [0, 1], r"shape \(1, 2\)"),
    ],
)
def test_tokens_that_cannot_be_counted_are_refused(
    entropy: object, train: object, validation: object, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        entropy(train, validation, 5)  # type: ignore[operator]
