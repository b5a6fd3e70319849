"""sampler: how often each token comes, against its probability; cut by rank and by mass."""

import math
import warnings

import numpy as np
import pytest
from nt_autograd import tensor
from nt_models.generation import draw, greedy, sampler
from nt_tensor import Generator

LOGITS = np.array([2.0, -1.0, 0.5, 1.0, 0.5, -3.0])


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def drawn(logits, n=40000, seed=0, device="cpu", **options):
    rows = tensor(np.tile(np.float32(logits), (n, 1)), device=device)
    choose = sampler(**options, generator=Generator(seed))
    return choose(tensor(np.zeros((n, 1), np.int64), device=device), rows).numpy()


def check(tokens, p):
    """Pearson's chi-square test: a right sampler fails it once in a million seeds."""
    seen = np.bincount(tokens, minlength=len(p))
    assert (seen[p == 0] == 0).all()
    expected = len(tokens) * p[p > 0]
    statistic = ((seen[p > 0] - expected) ** 2 / expected).sum()
    freedom = (p > 0).sum() - 1
    # the quantile by Wilson and Hilferty: the cube root is nearly normal
    bound = freedom * (1 - 2 / (9 * freedom) + 4.75 * math.sqrt(2 / (9 * freedom))) ** 3
    assert statistic < bound


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_tokens_come_as_often_as_they_should(temperature, seed, device):
    check(
        drawn(LOGITS, seed=seed, temperature=temperature, device=device),
        softmax(LOGITS / temperature),
    )


@pytest.mark.parametrize("k", [2, 3, 6, 100])
def test_top_k_keeps_the_k_most_probable(k, device):
    least = np.sort(LOGITS)[-min(k, 6)]  # of 3, the fourth is as probable as the third: it stays
    p = np.where(least <= LOGITS, softmax(LOGITS), 0)
    tokens = drawn(LOGITS, top_k=k, device=device)
    check(tokens, p / p.sum())


@pytest.mark.parametrize(("mass", "kept"), [(0.01, 1), (0.5, 1), (0.6, 2), (0.99, 5), (1.0, 6)])
def test_top_p_keeps_the_fewest_that_reach_the_mass(mass, kept, device):
    p = softmax(LOGITS)
    order = np.argsort(-p, kind="stable")
    assert np.cumsum(p[order])[kept - 1] >= mass - 1e-9
    assert kept == 1 or np.cumsum(p[order])[kept - 2] < mass
    tokens = drawn(LOGITS, top_p=mass, device=device)
    if kept == 1:
        assert set(tokens.tolist()) == {0}
    else:
        cut = np.where(np.isin(np.arange(6), order[:kept]), p, 0)
        check(tokens, cut / cut.sum())


def test_both_cuts_take_the_mass_of_what_rank_left(device):
    p = softmax(LOGITS)
    two = np.where(p >= np.sort(p)[-2], p, 0)
    two /= two.sum()  # 0.73 and 0.27
    assert set(drawn(LOGITS, top_k=2, top_p=0.7, device=device).tolist()) == {0}
    check(drawn(LOGITS, top_k=2, top_p=0.75, device=device), two)


def test_min_p_keeps_what_is_near_the_most_probable(device):
    p = softmax(LOGITS)
    cut = np.where(p >= 0.2 * p.max(), p, 0)  # 3 tokens of 6; the next has 0.22 of the largest
    assert (cut > 0).sum() == 4
    check(drawn(LOGITS, min_p=0.2, device=device), cut / cut.sum())


def test_typical_may_leave_out_the_most_probable(device):
    p = np.array([0.6, 0.1, 0.1, 0.1, 0.05, 0.05])
    surprise = abs(-np.log(p) + (p * np.log(p)).sum())
    assert surprise.argmin() == 0
    logits = np.log(np.array([0.4, 0.3, 0.1, 0.1, 0.05, 0.05]))
    p = np.exp(logits)
    nearest = abs(-logits + (p * logits).sum()).argmin()
    assert nearest == 1  # and not the most probable
    assert set(drawn(logits, typical_p=0.2, n=200, device=device).tolist()) == {1}


def test_every_row_has_its_own_distribution(device):
    rows = tensor(np.float32([[0, 50, 0], [50, 0, 0], [0, 0, 50]]), device=device)
    found = draw(rows, Generator(0))
    assert found.tolist() == [1, 0, 2]
    assert found.dtype.name == "int64"


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_temperature_zero_takes_the_most_probable_of_any_dtype(dtype):
    logits = tensor(np.array([[1.0, 3.0, 2.0], [-1.0, -2.0, -3.0]], dtype))
    assert sampler(0.0, top_k=2)(logits, logits).tolist() == greedy(logits).tolist() == [1, 0]


@pytest.mark.parametrize("temperature", [1e-3, 1e-30, 1e-37, 1e-40, 1e-300, 5e-324])
@pytest.mark.parametrize("cut", [{}, {"top_k": 3}, {"top_p": 0.9}, {"min_p": 0.1}])
def test_a_small_temperature_goes_there(temperature, cut, device):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tokens = drawn(LOGITS * 100, n=100, temperature=temperature, device=device, **cut)
    assert set(tokens.tolist()) == {0}


@pytest.mark.parametrize("temperature", [1e-40, 1e-300])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_at_a_tiny_temperature_only_the_most_probable_share(temperature, dtype):
    rows = tensor(np.tile(np.array([-np.inf, 1e4, 9e3, 1e4], dtype), (1000, 1)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tokens = sampler(temperature, generator=Generator(0))(rows, rows).numpy()
    check(tokens, np.array([0.0, 0.5, 0.0, 0.5]))


@pytest.mark.parametrize("temperature", [1e39, 1e300])
def test_a_vast_temperature_draws_all_that_is_possible_alike(temperature, device):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tokens = drawn([-np.inf, 5.0, -90.0], temperature=temperature, device=device)
    check(tokens, np.array([0.0, 0.5, 0.5]))


def test_impossible_tokens_never_come_and_a_shift_changes_nothing(device):
    logits = np.array([-np.inf, 1.0, -np.inf, 0.0])
    tokens = drawn(logits, device=device)
    check(tokens, np.where(np.isfinite(logits), softmax(logits), 0))
    np.testing.assert_array_equal(tokens, drawn(logits + 1024, device=device))


def test_the_rare_tokens_of_a_large_vocabulary_come_too(device):
    logits = np.full(50257, 0.0)
    tokens = drawn(logits, n=400, device=device)
    assert len(set(tokens.tolist())) > 380
    assert abs(tokens.mean() / 50257 - 0.5) < 5 * math.sqrt(1 / 12 / 400)


def test_the_seed_decides(device):
    first, again, other = (drawn(LOGITS, n=100, seed=s, device=device) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("bad", [[np.nan, 0.0], [-np.inf, -np.inf], [np.inf, 0.0]])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_what_is_no_distribution_is_refused(bad, temperature, device):
    rows = tensor(np.float32([[0.0, 0.0], bad]), device=device)
    with pytest.raises(ValueError, match="logits hold NaN, infinity or rows of -inf"):
        sampler(temperature, generator=Generator(0))(rows, rows)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": -1.0}, r"temperature \(-1.0\) must be 0 or a positive number"),
        ({"temperature": math.nan}, r"temperature \(nan\)"),
        ({"top_k": 0}, r"top_k \(0\) must be at least 1"),
        ({"top_p": 0.0}, r"top_p \(0.0\) must lie in \(0, 1\]"),
        ({"top_p": 1.5}, r"top_p \(1.5\) must lie in \(0, 1\]"),
        ({"min_p": -0.1}, r"min_p \(-0.1\) must lie in \(0, 1\]"),
        ({"typical_p": 2}, r"typical_p \(2\) must lie in \(0, 1\]"),
        ({"temperature": 0.0, "top_k": -1}, r"top_k \(-1\) must be at least 1"),
    ],
)
def test_what_does_not_fit_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        sampler(**options)
