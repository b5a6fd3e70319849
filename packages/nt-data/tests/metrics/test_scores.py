import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nt_data.metrics import average_precision, log_loss, roc_auc, top_k_accuracy
from sklearn import metrics as sklearn

Scored = st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=2, max_size=40)


@given(pairs=Scored)
def test_areas_are_scikit_learns_with_ties_too(pairs: list[tuple[int, bool]]) -> None:
    scores, y = [s / 7 for s, _ in pairs], [int(t) for _, t in pairs]
    if len(set(y)) == 1:
        assert math.isnan(roc_auc(scores, y))
    else:
        assert roc_auc(scores, y) == pytest.approx(sklearn.roc_auc_score(y, scores))
    if any(y):
        wanted = sklearn.average_precision_score(y, scores)
        assert average_precision(scores, y) == pytest.approx(wanted)
    else:
        assert average_precision(scores, y) == 0


@pytest.mark.parametrize("ties", [False, True])
def test_top_k_and_log_loss_are_scikit_learns(ties: bool) -> None:
    rng = np.random.default_rng(0)
    table = rng.integers(1, 4, (200, 5)) if ties else rng.random((200, 5))
    table = table / table.sum(1, keepdims=True)
    y = rng.integers(0, 5, 200)
    for k in (1, 2, 4):
        wanted = sklearn.top_k_accuracy_score(y, table, k=k, labels=range(5))
        assert top_k_accuracy(table, y, k=k) == pytest.approx(wanted)
    assert log_loss(table, y) == pytest.approx(sklearn.log_loss(y, table, labels=range(5)))


def test_a_right_class_of_probability_zero_costs_infinity_or_what_the_floor_says() -> None:
    table = [[1.0, 0.0], [0.5, 0.5]]
    assert log_loss(table, [1, 1]) == math.inf
    floor = float(np.finfo(np.float64).eps)
    wanted = sklearn.log_loss([1, 1], table, labels=[0, 1])
    assert log_loss(table, [1, 1], floor=floor) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: top_k_accuracy([[0.1, math.nan]], [0]), r"finite, got nan at \(0, 1\)"),
        (lambda: top_k_accuracy([[0.1, 0.9]], [2]), "integers from 0 to 1"),
        (lambda: top_k_accuracy([[0.1, 0.9]], [-1]), "from -1 to -1"),
        (lambda: top_k_accuracy([[0.1, 0.9]], [1], k=0), r"k \(0\)"),
        (lambda: top_k_accuracy([0.1], [0]), r"shapes \(1,\)"),
        (lambda: log_loss([[0.5, 0.6]], [0]), "row 0 sums to 1.1"),
        (lambda: log_loss([[1.5, -0.5]], [0]), "must not be negative"),
        (lambda: roc_auc([0.1], [0, 1]), "two rows of one length"),
    ],
)
def test_what_cannot_be_scored_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
