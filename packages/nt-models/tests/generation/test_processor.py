"""Logits processors against loops over tokens in plain Python, on ties, padding and extremes."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_autograd import tensor
from nt_models import generation as g

ROWS = [[3, 1, 4, 1, 5, 1, 4], [2, 2, 2, 2, 2, 2, 2], [-1, -1, 0, 3, -1 + 1, 3, 0]]
LOGITS = np.random.default_rng(0).standard_normal((3, 6)) * 3


def run(process, rows=ROWS, logits=LOGITS, device="cpu", dtype="float64"):
    dtype = "float32" if device != "cpu" else dtype
    found = process(tensor(rows, device=device), tensor(logits, dtype=dtype, device=device))
    assert found.dtype.name == dtype
    return found.numpy()


def agree(found, right):
    np.testing.assert_allclose(found, right, rtol=1e-5 if found.dtype == np.float32 else 1e-12)


def cut_by(keep, logits):
    return np.array(
        [[x if i in keep(row) else -math.inf for i, x in enumerate(row)] for row in logits]
    )


def probabilities(row):
    return np.exp(row - np.max(row)) / np.exp(row - np.max(row)).sum()


def fewest(row, order, mass):
    """The first tokens of an order that together reach a mass."""
    p, kept = probabilities(row), []
    for i in order:
        if sum(p[j] for j in kept) >= mass:
            break
        kept.append(i)
    return kept


def by_surprise(row):
    p = probabilities(row)
    entropy = -sum(x * math.log(x) for x in p if x > 0)
    return sorted(range(len(row)), key=lambda i: abs(-np.log(p[i]) - entropy) if p[i] else math.inf)


CUTS = {
    "top_k": (g.top_k(2), lambda row: np.argsort(-row)[:2]),
    "top_p": (g.top_p(0.8), lambda row: fewest(row, np.argsort(-row), 0.8)),
    "min_p": (
        g.min_p(0.1),
        lambda row: [
            i for i, p in enumerate(probabilities(row)) if p >= 0.1 * max(probabilities(row))
        ],
    ),
    "typical": (g.typical(0.7), lambda row: fewest(row, by_surprise(row), 0.7)),
}


@pytest.mark.parametrize("name", CUTS)
def test_a_cut_keeps_what_its_definition_says(name, device):
    process, keep = CUTS[name]
    found = run(process, device=device)
    agree(found, cut_by(keep, LOGITS))
    assert np.isinf(found).any()
    forbidden = LOGITS.copy()
    forbidden[:, 2] = -math.inf  # what another processor took out
    agree(run(process, logits=forbidden, device=device), cut_by(keep, forbidden))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(-30, 30), min_size=1, max_size=12, unique=True),
    st.floats(0.01, 0.99),
    st.sampled_from(["top_p", "typical", "min_p"]),
)
def test_something_always_stays_and_nothing_kept_is_changed(row, p, name):
    found = run(getattr(g, name)(p), [[0]], [row])[0]
    kept = np.isfinite(found)
    assert kept.any()
    np.testing.assert_array_equal(found[kept], np.array(row)[kept])
    if name != "typical":
        assert kept[np.argmax(row)]
        assert probabilities(np.array(row))[kept].sum() >= p - 1e-9 or name == "min_p"


def test_what_is_as_probable_as_the_last_stays(device):
    ties = [[1.0, 2.0, 1.0, 0.0]]
    assert np.isfinite(run(g.top_k(2), [[0]], ties, device)).tolist() == [[True] * 3 + [False]]
    assert np.isfinite(run(g.top_p(0.7), [[0]], ties, device)).tolist() == [[True] * 3 + [False]]
    for process in (g.top_k(99), g.top_p(1.0), g.typical(1.0)):
        np.testing.assert_array_equal(run(process, [[0]], ties, device), ties)


def test_temperature_divides(device):
    agree(run(g.temperature(0.7), device=device), LOGITS / 0.7)


@pytest.mark.parametrize("penalty", [1.3, 0.5])
def test_what_came_before_is_punished_once(penalty, device):
    right = LOGITS.copy()
    for row, tokens in zip(right, ROWS, strict=True):
        for t in {t for t in tokens if t >= 0}:
            row[t] = row[t] * penalty if row[t] < 0 else row[t] / penalty
    agree(run(g.repetition_penalty(penalty), device=device), right)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 9])
def test_no_sequence_comes_twice(size, device):
    right = LOGITS.copy()
    for row, padded in zip(right, ROWS, strict=True):
        tokens = [t for t in padded if t >= 0]
        there = {tuple(tokens[i : i + size]) for i in range(len(tokens) - size + 1)}
        for t in range(6):
            if len(tokens) >= size - 1 and (*tokens[len(tokens) - size + 1 :], t) in there:
                row[t] = -math.inf
    agree(run(g.no_repeat_ngram(size), device=device), right)
    assert np.isinf(right).any() == (size < 9)


@pytest.mark.parametrize(("length", "after"), [(6, 0), (7, 0), (8, 0), (2, 5), (3, 5), (0, 0)])
def test_no_text_ends_before_its_length(length, after, device):
    right = LOGITS.copy()
    for row, tokens in zip(right, ROWS, strict=True):
        if sum(t >= 0 for t in tokens[after:]) < length:
            row[[1, 4]] = -math.inf
    agree(run(g.minimum_length(length, [1, 4], after=after), device=device), right)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: g.temperature(0), r"temperature \(0\) must be 0 or a positive number"),
        (lambda: g.top_k(0), r"top_k \(0\) must be at least 1"),
        (lambda: g.top_p(1.1), r"top_p \(1.1\) must lie in \(0, 1\]"),
        (lambda: g.min_p(math.nan), r"min_p \(nan\) must lie in"),
        (lambda: g.typical(0), r"typical_p \(0\) must lie in"),
        (
            lambda: g.repetition_penalty(0.0),
            r"repetition_penalty \(0.0\) must be a positive number",
        ),
        (lambda: g.no_repeat_ngram(0), r"no_repeat_ngram_size \(0\) must be at least 1"),
        (lambda: g.minimum_length(-1, 0), r"length \(-1\) must not be negative"),
        (lambda: g.minimum_length(1, [0, -2]), r"eos_token_id \(-2\) must not be negative"),
    ],
)
def test_what_does_not_fit_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
