from typing import Any

import numpy as np
import pytest
from nt_data.metrics import mean_rank, recall_at_k, retrieval_ranks


def test_ranks_are_places_in_the_sorted_list() -> None:
    rng = np.random.default_rng(0)
    table = rng.permutation(40 * 60).reshape(40, 60)
    right = rng.integers(0, 60, 40)
    places = [1 + np.argsort(-row).tolist().index(k) for row, k in zip(table, right, strict=True)]
    assert retrieval_ranks(table, right).tolist() == places
    assert mean_rank(table, right) == np.mean(places)
    assert recall_at_k(table, right, k=10) == np.mean([p <= 10 for p in places])


def test_a_collapsed_model_finds_nothing() -> None:
    assert retrieval_ranks(np.ones((50, 50))).tolist() == [50] * 50
    assert recall_at_k(np.ones((50, 50)), k=49) == 0


def test_of_several_right_candidates_the_best_counts_and_no_other_is_in_its_way() -> None:
    table = [[0.9, 0.8, 0.7, 0.6], [0.9, 0.8, 0.7, 0.6]]
    right = np.array([[False, True, True, False], [False, False, True, True]])
    assert retrieval_ranks(table, right).tolist() == [2, 3]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: retrieval_ranks([[np.nan]]), "must be finite"),
        (lambda: retrieval_ranks([1.0]), r"shape \(1,\)"),
        (lambda: retrieval_ranks([[1.0], [2.0]]), "2 queries and 1 candidates"),
        (lambda: retrieval_ranks([[1.0]], [1]), "from 1 to 1"),
        (lambda: retrieval_ranks([[1.0]], [0.0]), "float64"),
        (lambda: retrieval_ranks([[1.0]], [[False]]), "query 0 has no right candidate"),
        (lambda: recall_at_k([[1.0]], k=0), r"k \(0\)"),
    ],
)
def test_what_has_no_rank_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
