from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nt_data.metrics import (
    accuracy,
    balanced_accuracy,
    cohen_kappa,
    confusion_matrix,
    f1,
    matthews_corrcoef,
    precision,
    recall,
)
from sklearn import metrics as sklearn

Pairs = st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 3)), min_size=1, max_size=30)


@given(pairs=Pairs)
def test_every_number_is_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    pred, y = [p for p, _ in pairs], [t for _, t in pairs]
    assert accuracy(pred, y) == sklearn.accuracy_score(y, pred)
    if len({*pred, *y}) > 1:  # scikit-learn warns about a table of one cell
        assert (confusion_matrix(pred, y) == sklearn.confusion_matrix(y, pred)).all()
        assert cohen_kappa(pred, y) == pytest.approx(sklearn.cohen_kappa_score(y, pred), abs=1e-12)
    if len(set(pred)) > 1 and len(set(y)) > 1:
        wanted = sklearn.matthews_corrcoef(y, pred)
        assert matthews_corrcoef(pred, y) == pytest.approx(wanted, abs=1e-12)
    if set(pred) <= set(y) and len(set(y)) > 1:
        wanted = sklearn.balanced_accuracy_score(y, pred)
        assert balanced_accuracy(pred, y) == pytest.approx(wanted)
    for average in ("micro", "macro", "weighted"):
        p, r, f, _ = sklearn.precision_recall_fscore_support(
            y, pred, average=average, zero_division=0
        )
        assert precision(pred, y, average=average) == pytest.approx(p)  # type: ignore[arg-type]
        assert recall(pred, y, average=average) == pytest.approx(r)  # type: ignore[arg-type]
        assert f1(pred, y, average=average) == pytest.approx(f)  # type: ignore[arg-type]


@given(pairs=st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1))
def test_binary_means_one_class(pairs: list[tuple[bool, bool]]) -> None:
    pred, y = [int(p) for p, _ in pairs], [int(t) for _, t in pairs]
    for positive in (0, 1):
        p, r, f, _ = sklearn.precision_recall_fscore_support(
            y, pred, labels=[positive], average="macro", zero_division=0
        )
        assert precision(pred, y, positive=positive) == pytest.approx(p)
        assert recall(pred, y, positive=positive) == pytest.approx(r)
        assert f1(pred, y, positive=positive) == pytest.approx(f)


def test_undefined_values_have_names() -> None:
    assert matthews_corrcoef([1, 1, 1], [0, 1, 0]) == 0  # constant
    assert np.isnan(cohen_kappa([1, 1], [1, 1]))  # chance explains everything
    assert np.isnan(balanced_accuracy([0, 1], [0, 0]))  # a class without a label
    assert precision([0, 0], [0, 0]) == recall([0, 0], [0, 0]) == f1([0, 0], [0, 0]) == 0


def test_large_counts_do_not_overflow() -> None:
    pred = np.tile([0, 1, 1, 0], 500_000)
    y = np.tile([0, 1, 0, 1], 500_000)
    assert matthews_corrcoef(pred, y) == 0
    assert matthews_corrcoef(y, y) == 1


def test_classes_may_be_words_and_have_an_order() -> None:
    table = confusion_matrix(["b", "a", "b"], ["b", "b", "a"], classes=["c", "b", "a"])
    assert table.tolist() == [[0, 0, 0], [0, 1, 1], [0, 1, 0]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: accuracy([], []), "at least one entry"),
        (lambda: accuracy([1], [1, 0]), r"shapes \(1,\) and \(2,\)"),
        (lambda: accuracy([[1]], [[1]]), "two rows of one length"),
        (lambda: confusion_matrix([2], [1], classes=[0, 1]), "2 is not among the classes"),
        (lambda: confusion_matrix([1], [1], classes=[1, 1]), "different classes"),
        (lambda: f1([0, 1, 2], [0, 1, 2]), "average='binary' needs two classes"),
        (lambda: f1([0, 1], [0, 1], average="mean"), "average must be 'binary'"),
    ],
)
def test_what_cannot_be_counted_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    "metric",
    [accuracy, balanced_accuracy, cohen_kappa, confusion_matrix, f1, matthews_corrcoef],
)
@pytest.mark.parametrize(
    ("predictions", "labels", "kinds"),
    [
        (["1", "0"], [1, 0], "strings as predictions and numbers as labels"),
        ([1.0, 0.0], np.array(["1", "0"]), "numbers as predictions and strings as labels"),
        ([None, 1], [1, 0], "NoneType with int as predictions and numbers as labels"),
        ([1, 0], np.array([None, None]), "numbers as predictions and NoneType as labels"),
        (["a", 1], ["a", "1"], "int with str as predictions and strings as labels"),
        ([None, 1], [None, 1], "NoneType with int as predictions and NoneType with int as"),
        ([b"a", b"b"], ["a", "b"], "bytes as predictions and strings as labels"),
    ],
)
def test_classes_that_cannot_be_compared_are_refused(
    metric: Any, predictions: Any, labels: Any, kinds: str
) -> None:
    message = f"predictions and labels must both be numbers or both be strings, got {kinds}"
    with pytest.raises(ValueError, match=message):
        metric(predictions, labels)


@pytest.mark.parametrize(
    ("predictions", "labels"),
    [
        (["b", "a"], np.array(["b", "b"])),
        (["b", "a"], np.array(["b", "b"], object)),
        ([True, False], [1, 1]),
        (np.array([1, 0], np.uint8), [1.0, 1.0]),
        (np.array([2**70, 1], object), [2**70, 2**70]),
    ],
)
def test_classes_of_one_kind_are_compared_however_they_are_kept(
    predictions: Any, labels: Any
) -> None:
    assert accuracy(predictions, labels) == 0.5
    assert f1(predictions, labels, average="micro") == 0.5
