from typing import Any

import pytest
from nt_data.glue import GLUE, glue_score, score, superglue_score
from sklearn import metrics as sklearn

RIGHT = [0, 1, 1, 2, 0, 2, 1]
SAID = [0, 1, 2, 2, 1, 2, 1]


def test_each_task_has_its_metrics() -> None:
    for name, task in GLUE.items():
        y = [k % max(task.num_labels, 2) for k in RIGHT]
        pred = [k % max(task.num_labels, 2) for k in SAID]
        result = score(name, pred, y)
        assert tuple(result) == task.metrics
        assert score(name, y, y) == dict.fromkeys(task.metrics, pytest.approx(1.0))
    two = [k % 2 for k in RIGHT], [k % 2 for k in SAID]
    assert score("CoLA", two[1], two[0])["matthews_corrcoef"] == pytest.approx(
        sklearn.matthews_corrcoef(*two)
    )
    assert score("cb", SAID, RIGHT) == pytest.approx(
        {
            "f1_macro": sklearn.f1_score(RIGHT, SAID, average="macro"),
            "accuracy": sklearn.accuracy_score(RIGHT, SAID),
        }
    )


def test_multirc_asks_for_all_answers_of_a_question() -> None:
    result = score("multirc", [1, 0, 1, 1], [1, 0, 1, 0], groups=[5, 5, 9, 9])
    assert result == {"f1_a": pytest.approx(0.8), "exact_match": 0.5}
    with pytest.raises(ValueError, match="needs groups"):
        score("multirc", [1], [1])


def test_record_forgives_case_articles_and_punctuation() -> None:
    right = [("The White House", "Washington"), ("Ann",), ("Bob Hope",)]
    result = score("record", ["white house.", "Bob", "Bob"], right)
    assert result["exact_match"] == pytest.approx(1 / 3)
    assert result["f1"] == pytest.approx((1 + 0 + 2 / 3) / 3)
    with pytest.raises(ValueError, match="one predicted text for each query"):
        score("record", ["x"], [])
    with pytest.raises(ValueError, match="query 0 needs a list"):
        score("record", ["x"], ["x"])


def results() -> dict[str, dict[str, float]]:
    return {name: dict.fromkeys(task.metrics, 0.5) for name, task in GLUE.items()}


def test_two_metrics_count_as_their_mean_and_mnlis_halves_as_one_task() -> None:
    whole = results() | {"mrpc": {"accuracy": 0.7, "f1": 0.9}}
    assert glue_score(whole) == pytest.approx((8 * 0.5 + 0.8) / 9)
    del whole["mnli"]
    whole |= {"mnli_matched": {"accuracy": 0.8}, "mnli_mismatched": {"accuracy": 0.6}}
    assert glue_score(whole) == pytest.approx((7 * 0.5 + 0.8 + 0.7) / 9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"wnli": None}, "the results lack wnli"),
        ({"squad": {"f1": 1.0}}, "the results hold squad"),
        ({"mrpc": {"accuracy": 1.0}}, "result of mrpc must hold accuracy, f1, got accuracy"),
        ({"mnli_matched": {"accuracy": 1.0}}, "mnli_matched and mnli_mismatched"),
    ],
)
def test_a_score_over_other_tasks_is_refused(change: dict[str, Any], message: str) -> None:
    whole = {name: result for name, result in (results() | change).items() if result is not None}
    with pytest.raises(ValueError, match=message):
        glue_score(whole)
    with pytest.raises(ValueError, match="SuperGLUE's score is over boolq"):
        superglue_score(whole)
    with pytest.raises(ValueError, match="task must be one of cola"):
        score("squad", [1], [1])
