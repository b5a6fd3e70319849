"""What is hidden from a language model, and what it is asked for."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nt_data import Draws
from nt_data.transforms import MaskTokens, SpanCorruption, document_mask, pack
from nt_tensor import Generator

CLS, SEP, PAD, MASK = 1, 2, 0, 3


def masker(**more: Any) -> MaskTokens:
    return MaskTokens(MASK, 1000, special_ids=(CLS, SEP, PAD), **more)


def test_of_the_chosen_80_10_and_10_percent_are_hidden_drawn_and_kept() -> None:
    tokens = np.random.default_rng(0).integers(10, 1000, (500, 200))
    inputs, labels = masker()(tokens, Generator(0))
    chosen = labels != -100
    assert (chosen.sum(1) == 30).all()
    assert (labels[chosen] == tokens[chosen]).all()
    assert (inputs[~chosen] == tokens[~chosen]).all()
    hidden, kept = inputs[chosen] == MASK, inputs[chosen] == tokens[chosen]
    # 15,000 choices: one standard deviation is 0.33 %, then 0.25 %.
    assert abs(hidden.mean() - 0.8) < 0.015
    assert abs(kept.mean() - 0.1) < 0.012
    drawn = inputs[chosen][~hidden & ~kept]
    assert drawn.min() < 20
    assert drawn.max() > 980
    assert len(np.unique(drawn)) > 500
    spread = chosen.mean(0)  # no place is preferred
    assert spread.min() > 0.08
    assert spread.max() < 0.24


def test_special_tokens_are_never_chosen_and_each_row_has_a_target() -> None:
    tokens = np.array([[CLS, 50, SEP, PAD, PAD], [CLS, 50, 51, 52, SEP], [CLS, SEP, PAD, PAD, PAD]])
    for seed in range(20):
        inputs, labels = masker()(tokens, Generator(seed))
        assert ((labels != -100).sum(1) == [1, 1, 0]).all()
        assert (inputs[tokens < 3] == tokens[tokens < 3]).all()
    assert (masker(probability=0.0)(tokens, Generator(0))[1] == -100).all()
    assert ((masker(probability=1.0)(tokens, Generator(0))[1] != -100) == (tokens > 3)).all()


def test_words_are_hidden_whole() -> None:
    rng = np.random.default_rng(0)
    words = np.cumsum(rng.random((50, 100)) < 0.5, axis=1)
    tokens = rng.integers(10, 1000, (50, 100))
    tokens[:, 0], tokens[:, -10:] = CLS, PAD
    _, labels = masker()(tokens, Generator(0), words)
    chosen = labels != -100
    assert (chosen.sum(1) <= round(89 * 0.15)).all()
    assert chosen.sum(1).min() >= 11
    for row, word, token in zip(chosen, words, tokens, strict=True):
        for each in np.unique(word[row]):
            assert row[(word == each) & (token > 3)].all()


def test_a_word_longer_than_the_number_to_choose_is_chosen_alone() -> None:
    _, labels = masker()(np.full((1, 8), 50), Generator(0), np.array([[1, 1, 1, 1, 2, 2, 2, 2]]))
    assert (labels != -100).sum() == 4


def test_a_row_is_masked_alike_whatever_its_batch() -> None:
    tokens = np.random.default_rng(0).integers(10, 1000, (8, 50))
    words = np.tile(np.arange(50) // 3, (8, 1))
    for extra in ((), (words,)):
        together = masker()(tokens, Draws(range(8)), *extra)
        alone = masker()(tokens[5:6], Draws([5]), *(w[5:6] for w in extra))
        assert (together[0][5] == alone[0][0]).all()
        assert (together[1][5] == alone[1][0]).all()


def restored(inputs: list[int], targets: list[int], sentinels: tuple[int, ...]) -> list[int]:
    """The text again: each sentinel of the inputs gives way to what follows it in the targets."""
    spans: dict[int, list[int]] = {}
    for token in targets:
        if token in sentinels:
            spans[token] = current = []
        else:
            current.append(token)
    text: list[int] = []
    for token in inputs:
        text += spans[token] if token in sentinels else [token]
    return text


@given(length=st.integers(2, 300), seed=st.integers(0, 99), mean=st.sampled_from([1.0, 3.0, 10.0]))
def test_inputs_and_targets_together_are_the_text(length: int, seed: int, mean: float) -> None:
    sentinels = tuple(range(1999, 1899, -1))
    corrupt = SpanCorruption(sentinels, eos_id=1, mean_span_length=mean)
    tokens = np.arange(2, 2 + 3 * length).reshape(3, length)
    inputs, targets = corrupt(tokens, Generator(seed))
    assert (inputs.shape[1], targets.shape[1]) == corrupt.lengths(length)
    noise = max(round(length * 0.15), 1)
    for row, (a, b) in enumerate(zip(inputs.tolist(), targets.tolist(), strict=True)):
        assert a.pop() == b.pop() == 1
        assert restored(a, b, sentinels) == tokens[row].tolist()
        used = [token for token in a if token in sentinels]
        assert used == list(sentinels[: len(used)]) == [t for t in b if t in sentinels]
        assert len(b) - len(used) == noise
        assert a[0] == tokens[row, 0]  # the first span is kept
        spans = np.split(b, [i for i, t in enumerate(b) if t in sentinels])[1:]
        assert all(len(span) > 1 for span in spans)


def test_published_lengths() -> None:
    # T5's code: 568 tokens become 512 with the end, and 114 targets.
    assert SpanCorruption(tuple(range(100)), eos_id=1).lengths(568) == (512, 114)


def test_all_divisions_into_spans_are_equally_likely() -> None:
    corrupt = SpanCorruption((99, 98), None, noise_density=0.5, mean_span_length=2.0)
    inputs, _ = corrupt(np.tile(np.arange(8), (6000, 1)), Generator(0))
    _, counts = np.unique(inputs, axis=0, return_counts=True)
    # 4 kept and 4 hidden tokens in two spans each, 3 x 3 ways: chi-square, 8 degrees of freedom.
    assert len(counts) == 9
    assert ((counts - 6000 / 9) ** 2 / (6000 / 9)).sum() < 26.1


def test_packing_keeps_every_token_once_and_in_order() -> None:
    rng = np.random.default_rng(0)
    documents = [rng.integers(1, 10_000, rng.integers(0, 40)) for _ in range(200)]
    total = sum(map(len, documents))
    packed = pack(documents, length=16, pad_id=0)
    assert len(packed) == -(-total // 16)
    assert (packed.tokens.ravel()[:total] == np.concatenate(documents)).all()
    assert (packed.documents.ravel()[:total] > 0).all()
    assert (packed.documents.ravel()[total:] == 0).all()
    # Every token but each document's first is the target of exactly one place.
    wanted = np.concatenate([document[1:] for document in documents])
    assert (packed.targets[packed.targets != -100] == wanted).all()


def test_whole_documents_stay_in_one_window_and_fill_it_well() -> None:
    rng = np.random.default_rng(1)
    documents = [np.arange(size) + 1000 * i + 1 for i, size in enumerate(rng.integers(1, 50, 300))]
    packed = pack(documents, length=64, split=False, pad_id=0)
    found = []
    for tokens, numbers, positions in zip(
        packed.tokens, packed.documents, packed.positions, strict=True
    ):
        for number in range(1, numbers.max() + 1):
            mine = numbers == number
            assert (positions[mine] == np.arange(mine.sum())).all()
            found.append(tokens[mine].tolist())
    assert sorted(found) == sorted(document.tolist() for document in documents)
    assert (packed.documents == 0).mean() < 0.02  # first fit, decreasing
    long = pack([np.arange(1, 11)], length=4, split=False)
    assert long.tokens.tolist() == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 0, 0]]


def test_attention_stays_within_a_document() -> None:
    packed = pack([[5, 6], [7, 8, 9]], length=4)
    assert packed.documents.tolist() == [[1, 1, 2, 2], [1, 0, 0, 0]]
    assert packed.positions.tolist() == [[0, 1, 0, 1], [0, 0, 0, 0]]
    assert packed.targets.tolist() == [[6, -100, 8, 9], [-100] * 4]
    mask = document_mask(packed.documents)
    assert mask.sum((1, 2)).tolist() == [8, 1]
    assert not mask[0, :2, 2:].any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: MaskTokens(9, 9), r"mask_id \(9\) must be below 9"),
        (lambda: masker(probability=2.0), r"probability \(2.0\)"),
        (lambda: masker()(np.zeros(3, int), Generator(0)), r"shape \(3,\)"),
        (lambda: masker()(np.zeros((1, 3)), Generator(0)), "float64"),
        (lambda: masker()(np.zeros((1, 3), int), Generator(0), np.zeros((1, 2))), "words must be"),
        (lambda: SpanCorruption((1,), 0, noise_density=1.0), r"noise_density \(1.0\)"),
        (lambda: SpanCorruption((1,), 0, mean_span_length=0.5), r"mean_span_length \(0.5\)"),
        (lambda: SpanCorruption((1,), 0, noise_density=np.nan), r"noise_density \(nan\)"),
        (lambda: SpanCorruption((1,), 0, mean_span_length=np.nan), r"mean_span_length \(nan\)"),
        (lambda: SpanCorruption((1,), 0, mean_span_length=np.inf), r"mean_span_length \(inf\)"),
        (lambda: masker(probability=np.nan), r"probability \(nan\)"),
        (lambda: SpanCorruption((1,), 0)(np.zeros((1, 1), int), Generator(0)), "too short"),
        (lambda: SpanCorruption((1,), 0)(np.zeros((1, 99), int), Generator(0)), "only 1 sentinel"),
        (lambda: SpanCorruption((1,), 0)(np.zeros(9, int), Generator(0)), r"shape \(9,\)"),
        (lambda: pack([[1]], length=0), r"length \(0\)"),
        (lambda: pack([[]], length=4), "at least one token"),
        (lambda: pack([[1], [[2]]], length=4), "document 1 must be a row of integers"),
        (lambda: pack([[0.5]], length=4), "document 0 .* float64"),
    ],
)
def test_what_cannot_be_done_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
