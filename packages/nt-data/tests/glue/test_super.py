import json
from pathlib import Path
from typing import Any

import pytest
from nt_data import DataError
from nt_data.glue import SUPERGLUE, read_superglue


def write(folder: Path, *records: Any, name: str = "val.jsonl") -> None:
    (folder / name).write_text("\n".join(json.dumps(record) for record in records))


@pytest.mark.parametrize(
    ("task", "record", "inputs", "label"),
    [
        ("boolq", {"question": "q", "passage": "p", "label": False}, ("p", "q"), 0),
        ("cb", {"premise": "p", "hypothesis": "h", "label": "neutral"}, ("p", "h"), 2),
        ("copa", {"premise": "p", "question": "cause", "choice1": "a", "choice2": "b", "label": 1},
         ("p", "cause", "a", "b"), 1),
        ("rte", {"premise": "p", "hypothesis": "h", "label": "not_entailment"}, ("p", "h"), 1),
        ("wic", {"word": "bed", "sentence1": "x", "sentence2": "y", "label": True, "start1": 0},
         ("bed", "x", "y"), 1),
        ("wsc", {"text": "t", "target": {"span1_text": "a", "span2_text": "b"}, "label": True},
         ("t", "a", "b"), 1),
    ],
)  # fmt: skip
def test_flat_tasks(
    task: str, record: dict[str, Any], inputs: tuple[str, ...], label: int, tmp_path: Path
) -> None:
    write(tmp_path, {**record, "idx": 0})
    data = read_superglue(tmp_path, task, "dev")
    assert (data.inputs, data.labels.tolist()) == ([inputs], [label])
    del record["label"]
    write(tmp_path, record, name="test.jsonl")
    assert read_superglue(tmp_path, task, "test")[0] == (inputs, None)
    write(tmp_path, record)
    with pytest.raises(DataError, match=r"val.jsonl, line 1: no 'label'"):
        read_superglue(tmp_path, task, "dev")


def test_multirc_is_one_example_an_answer_grouped_by_question(tmp_path: Path) -> None:
    def passage(idx: int) -> dict[str, Any]:
        answers = [{"text": f"a{k}", "label": k, "idx": k} for k in (0, 1)]
        questions = [{"question": f"q{k}", "answers": answers, "idx": k} for k in (0, 1)]
        return {"idx": idx, "passage": {"text": f"p{idx}", "questions": questions}}

    write(tmp_path, passage(0), passage(1))
    data = read_superglue(tmp_path, "multirc", "dev")
    assert data.inputs[:3] == [("p0", "q0", "a0"), ("p0", "q0", "a1"), ("p0", "q1", "a0")]
    assert data.labels.tolist() == [0, 1] * 4
    assert data.groups is not None
    assert data.groups.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def test_record_is_one_example_a_query_with_its_entities(tmp_path: Path) -> None:
    text = "Ann met Bob. Ann left."
    entities = [{"start": 0, "end": 2}, {"start": 8, "end": 10}, {"start": 13, "end": 15}]
    qas = [{"query": "@placeholder left", "answers": [{"text": "Ann"}]}]
    write(tmp_path, {"idx": 0, "passage": {"text": text, "entities": entities}, "qas": qas})
    data = read_superglue(tmp_path, "record", "dev")
    assert data.candidates == [("Ann", "Bob")]
    assert data[0] == ((text, "@placeholder left"), ("Ann",))
    entities[0]["end"] = 99
    write(tmp_path, {"idx": 0, "passage": {"text": text, "entities": entities}, "qas": qas})
    with pytest.raises(DataError, match="line 1: an entity lies outside the passage"):
        read_superglue(tmp_path, "record", "dev")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"premise": "p", "hypothesis": "h", "label": "neutral"}\n{"premise"', "line 2: "),
        ("[1]", "line 1: an object"),
        ('{"premise": "p", "label": "neutral"}', "line 1: no 'hypothesis'"),
        ('{"premise": 3, "hypothesis": "h", "label": "neutral"}', "line 1: a text is expected"),
        ('{"premise": "p", "hypothesis": "h", "label": "maybe"}', "must be one of .* got 'maybe'"),
        ("", "val.jsonl is empty"),
    ],
)
def test_a_malformed_line_is_named(content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "val.jsonl").write_text(content)
    with pytest.raises(DataError, match=message):
        read_superglue(tmp_path, "cb", "dev")


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="split must be one of train, dev, test, got 'val'"):
        read_superglue(tmp_path, "cb", "val")
    with pytest.raises(ValueError, match="SuperGLUE's boolq"):
        read_superglue(tmp_path, "cola", "dev")
    with pytest.raises(FileNotFoundError, match=r"val\.jsonl"):
        read_superglue(tmp_path, "cb", "dev")


def test_the_table_is_the_published_one() -> None:
    assert {name: task.metrics for name, task in SUPERGLUE.items()} == {
        "boolq": ("accuracy",), "cb": ("f1_macro", "accuracy"), "copa": ("accuracy",),
        "multirc": ("f1_a", "exact_match"), "record": ("f1", "exact_match"), "rte": ("accuracy",),
        "wic": ("accuracy",), "wsc": ("accuracy",),
    }  # fmt: skip
