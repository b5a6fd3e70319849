import math
import time

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from nt_data.metrics import (
    kendall,
    mean_absolute_error,
    mean_squared_error,
    pearson,
    r2,
    spearman,
)
from sklearn import metrics as sklearn

Pairs = st.lists(st.tuples(st.integers(-4, 4), st.integers(-4, 4)), min_size=2, max_size=40)


@given(pairs=Pairs, offset=st.sampled_from([0.0, 1e4]))
def test_correlations_are_scipys_with_ties_and_an_offset_too(
    pairs: list[tuple[int, int]], offset: float
) -> None:
    a, b = [p + offset for p, _ in pairs], [q * 0.1 for _, q in pairs]
    if len(set(a)) == 1 or len(set(b)) == 1:
        assert all(math.isnan(metric(a, b)) for metric in (pearson, spearman, kendall))
        return
    assert pearson(a, b) == pytest.approx(scipy.stats.pearsonr(a, b).statistic, abs=1e-9)
    assert spearman(a, b) == pytest.approx(scipy.stats.spearmanr(a, b).statistic, abs=1e-9)
    assert kendall(a, b) == pytest.approx(scipy.stats.kendalltau(a, b).statistic, abs=1e-9)


@given(pairs=Pairs)
def test_errors_are_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    a, b = [float(p) for p, _ in pairs], [q * 0.5 for _, q in pairs]
    assert mean_squared_error(a, b) == pytest.approx(sklearn.mean_squared_error(b, a))
    assert mean_absolute_error(a, b) == pytest.approx(sklearn.mean_absolute_error(b, a))
    assert r2(a, b) == pytest.approx(sklearn.r2_score(b, a))


def test_large_and_small_numbers_correlate_as_well() -> None:
    a = np.array([1.0, 2.0, 4.0, 3.0])
    for scale in (1e200, 1e-200):
        assert pearson(a * scale, a[::-1]) == pytest.approx(pearson(a, a[::-1]))


def test_a_single_number_has_no_spread() -> None:
    assert all(math.isnan(metric([1.0], [1.0])) for metric in (pearson, spearman, kendall, r2))


def test_kendall_of_a_hundred_thousand_takes_no_minute() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=100_000)
    b = a + rng.normal(size=100_000)
    begin = time.perf_counter()
    ours = kendall(a, b)
    assert time.perf_counter() - begin < 10
    assert ours == pytest.approx(scipy.stats.kendalltau(a, b).statistic, abs=1e-12)


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="predictions must be finite, got inf at 1"):
        pearson([0.0, math.inf], [1.0, 2.0])
    with pytest.raises(ValueError, match="must both be numbers or both be strings, got strings as"):
        mean_squared_error(["1", "2"], [1, 2])
    with pytest.raises(ValueError, match="predictions must be numbers, got dtype <U1"):
        mean_squared_error(["1", "2"], ["1", "2"])
