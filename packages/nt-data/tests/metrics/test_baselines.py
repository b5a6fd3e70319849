"""Kneser-Ney against the written formula, and baselines that must find what is there to find."""

import itertools
import math
import time
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nt_data.metrics import (
    KneserNey,
    NearestClassMean,
    WordForWord,
    bigram_cross_entropy,
    trigram_cross_entropy,
)


def written(train: list[int], history: list[int], token: int, vocab: int, order: int) -> float:
    """Chen & Goodman's equations, n-gram by n-gram."""
    found = 1 / vocab
    for length in range(1, min(order, len(history) + 1) + 1):
        grams = Counter(zip(*(train[i:] for i in range(length)), strict=False))
        if length < order:
            longer = set(zip(*(train[i:] for i in range(length + 1)), strict=False))
            grams = Counter(gram[1:] for gram in longer)
        n = [sum(c == k for c in grams.values()) for k in range(5)]
        discount = [0, 0.5, 0.5, 0.5]
        if n[1] and n[2] and n[3]:
            y = n[1] / (n[1] + 2 * n[2])
            each = [0, *(k - (k + 1) * y * n[k + 1] / n[k] for k in (1, 2, 3))]
            if min(each[1:]) > 0:
                discount = each
        past = tuple(history[len(history) - length + 1 :])
        after = {gram[-1]: c for gram, c in grams.items() if gram[:-1] == past}
        if after:
            taken = sum(discount[min(c, 3)] for c in after.values())
            c = after.get(token, 0)
            total = sum(after.values())
            found = (c - discount[min(c, 3)]) / total + taken / total * found
    return found


Tokens = st.lists(st.integers(0, 4), min_size=4, max_size=60)


@given(train=Tokens, order=st.integers(1, 4), history=st.lists(st.integers(0, 5), max_size=4))
def test_probabilities_are_the_written_formula_and_sum_to_one(
    train: list[int], order: int, history: list[int]
) -> None:
    model = KneserNey(train, 6, order=order)
    found = model.probabilities(history)
    assert found.sum() == pytest.approx(1, abs=1e-12)
    assert found.min() > 0
    past = history[max(len(history) - order + 1, 0) :] if order > 1 else []
    wanted = [written(train, past, token, 6, order) for token in range(6)]
    np.testing.assert_allclose(found, wanted, rtol=1e-9)


def test_real_counts_use_discounts_of_their_own() -> None:
    rng = np.random.default_rng(0)
    train = rng.zipf(1.3, 4000).clip(1, 40).tolist()
    model = KneserNey(train, 41)
    for history in ([1, 1], [1, 7], [40, 3], [0, 1], [39, 38]):
        wanted = [written(train, history, token, 41, 3) for token in range(41)]
        np.testing.assert_allclose(model.probabilities(history), wanted, rtol=1e-9)


def test_each_token_is_predicted_from_those_before_it() -> None:
    rng = np.random.default_rng(1)
    train, text = rng.integers(0, 6, 500), rng.integers(0, 7, 30)
    model = KneserNey(train, 7)
    wanted = [
        math.log(model.probabilities(text[max(t - 2, 0) : t])[text[t]]) for t in range(1, len(text))
    ]
    np.testing.assert_allclose(model.log_probabilities(text), wanted, rtol=1e-9)
    assert trigram_cross_entropy(train, text, 7) == pytest.approx(-np.mean(wanted))


def test_a_trigram_finds_what_a_bigram_cannot() -> None:
    rng = np.random.default_rng(2)
    bits = rng.integers(0, 2, 20_000)
    for t in range(2, len(bits)):  # nine of ten follow from the two before: their exclusive or
        if rng.random() < 0.9:
            bits[t] = bits[t - 1] ^ bits[t - 2]
    train, text = bits[:15_000], bits[15_000:]
    assert trigram_cross_entropy(train, text, 2) < bigram_cross_entropy(train, text, 2) - 0.2


def test_a_corpus_of_a_million_tokens_is_counted_in_seconds() -> None:
    tokens = np.random.default_rng(0).zipf(1.2, 1_000_000).clip(1, 8000) - 1
    begin = time.perf_counter()
    trigram_cross_entropy(tokens, tokens[:100_000], 8000)
    assert time.perf_counter() - begin < 20


def test_a_dictionary_is_found_without_being_told() -> None:
    rng = np.random.default_rng(0)
    words = {f"e{k}": f"f{k}" for k in range(40)}
    sources = [[f"e{k}" for k in rng.zipf(1.5, 6) % 40] for _ in range(1500)]
    targets = [rng.permutation([words[word] for word in source]).tolist() for source in sources]
    model = WordForWord(sources, targets)
    common = [word for word, n in Counter(itertools.chain(*sources)).items() if n > 10]
    assert len(common) > 20
    assert model.translate(common) == [words[word] for word in common]
    assert model.translate(["unheard"]) == ["unheard"]


def test_a_target_word_that_stands_everywhere_belongs_to_no_source_word() -> None:
    rng = np.random.default_rng(1)
    sources = [[f"e{k}" for k in rng.integers(0, 10, 3)] for _ in range(300)]
    targets = [["le", *(word.replace("e", "f") for word in source)] for source in sources]
    model = WordForWord(sources, targets, iterations=20)
    assert model.dictionary == {f"e{k}": f"f{k}" for k in range(10)}


def test_the_nearest_mean_is_that_of_the_distances() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (60, 4, 3), dtype=np.uint8), rng.integers(0, 4, 60)
    model = NearestClassMean(x, y)
    flat = x.reshape(60, -1).astype(float)
    means = np.stack([flat[y == k].mean(0) for k in range(4)])
    wanted = ((flat[:, None] - means) ** 2).sum(2).argmin(1)
    assert (model.predict(x) == wanted).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: KneserNey([0, 1], 2), "train has 2 tokens, an order of 3"),
        (lambda: KneserNey([0, 1], 2, order=0), r"order \(0\)"),
        (lambda: KneserNey([0, 1, 2], 2), r"vocab_size \(2\)"),
        (lambda: KneserNey([0, 1, 1], 2).probabilities([2]), "outside 0 to 1"),
        (lambda: trigram_cross_entropy([0, 1, 1], [0], 2), "tokens must be at least two"),
        (lambda: WordForWord([], []), "at least 1, got 0 and 0"),
        (lambda: WordForWord(["a b"], ["c d"]), "split it first"),  # type: ignore[list-item]
        (lambda: WordForWord([[]], [["x"]]), "at least one word each"),
        (lambda: WordForWord([["x"]], [["y"]], iterations=0), r"iterations \(0\)"),
        (lambda: NearestClassMean([1.0], [1]), r"shapes \(1,\) and \(1,\)"),
        (lambda: NearestClassMean([[1.0]], [1]).predict([[1.0, 2.0]]), r"got shape \(1, 2\)"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
