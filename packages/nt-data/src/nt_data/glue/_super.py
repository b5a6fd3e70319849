"""SuperGLUE's JSON lines, the nested ones flattened to one example an answer or a query."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from nt_data._errors import DataError
from nt_data.glue._read import TaskData, lines_of
from nt_data.glue._tasks import SUPERGLUE, Task, task_of

__all__ = ["read_superglue"]

_FILES = {"train": "train.jsonl", "dev": "val.jsonl", "test": "test.jsonl"}


def read_superglue(folder: str | os.PathLike[str], task: str, split: str) -> TaskData:
    """Read a split of a SuperGLUE task from its folder as distributed.

    MultiRC gives one example an answer, with `groups` saying which question it belongs to; ReCoRD
    one a query, with its `candidates`; WSC the text and its two spans.

    Args:
        folder: where `train.jsonl`, `val.jsonl` and `test.jsonl` are, such as `BoolQ`.
        task: a name of `SUPERGLUE`.
        split: "train", "dev" or "test".

    Raises:
        ValueError: an unknown task or split.
        FileNotFoundError: the folder lacks the file.
        DataError: a file is empty, not UTF-8, or a line malformed; names file and line.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     line = {"question": "Is it wet?", "passage": "It rains.", "label": True, "idx": 0}
        ...     _ = Path(folder, "val.jsonl").write_text(json.dumps(line))
        ...     read_superglue(folder, "boolq", "dev")[0]
        (('It rains.', 'Is it wet?'), np.int64(1))
    """
    found = task_of(SUPERGLUE, task, "SuperGLUE")
    if split not in _FILES:
        raise ValueError(f"split must be one of {', '.join(_FILES)}, got {split!r}")
    path = Path(folder, _FILES[split])
    examples: list[tuple[int, _Example]] = []
    for number, text in lines_of(path):
        try:
            record = json.loads(text)
            if not isinstance(record, dict):
                raise TypeError("an object between braces is expected")
            examples += [(number, each) for each in _READERS[found.name](record, found)]
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            fault = f"no {error}" if isinstance(error, KeyError) else str(error)
            raise DataError(f"{path}, line {number}: {fault}") from error
    if not examples:
        raise DataError(f"{path} holds no example")
    return _data(found, split, path, examples)


class _Example:
    """One example before its label is looked up."""

    def __init__(
        self,
        texts: tuple[Any, ...],
        label: Any = None,
        group: Any = None,
        candidates: tuple[str, ...] | None = None,
    ) -> None:
        for text in texts:
            if not isinstance(text, str):
                raise TypeError(f"a text is expected, got {text!r}")
        self.texts: tuple[str, ...] = texts
        self.label, self.group, self.candidates = label, group, candidates


def _data(task: Task, split: str, path: Path, examples: list[tuple[int, _Example]]) -> TaskData:
    each = [example for _, example in examples]
    inputs = [example.texts for example in each]
    known = [example.label is not None for example in each]
    if split != "test" and not all(known):
        number = examples[known.index(False)][0]
        raise DataError(f"{path}, line {number}: no {task.label!r}")
    labels: Any = None
    if all(known):
        labels = [example.label for example in each]
        if task.labels is not None:
            classes = {name: k for k, name in enumerate(task.labels)}
            for number, example in examples:
                if str(example.label) not in classes:
                    raise DataError(
                        f"{path}, line {number}: {task.label} must be one of "
                        f"{', '.join(classes)}, got {example.label!r}"
                    )
            labels = np.array([classes[str(label)] for label in labels], np.int64)
    groups = candidates = None
    if task.name == "multirc":
        place: dict[Any, int] = {}
        groups = np.array([place.setdefault(example.group, len(place)) for example in each])
    if task.name == "record":
        candidates = [example.candidates or () for example in each]
    return TaskData(task, split, inputs, labels, groups, candidates)


def _flat(record: dict[str, Any], task: Task) -> list[_Example]:
    return [_Example(tuple(record[name] for name in task.inputs), record.get("label"))]


def _wsc(record: dict[str, Any], task: Task) -> list[_Example]:
    target = record["target"]
    texts = (record["text"], target["span1_text"], target["span2_text"])
    return [_Example(texts, record.get("label"))]


def _multirc(record: dict[str, Any], task: Task) -> list[_Example]:
    passage = record["passage"]
    return [
        _Example(
            (passage["text"], question["question"], answer["text"]),
            answer.get("label"),
            group=(record["idx"], question["idx"]),
        )
        for question in passage["questions"]
        for answer in question["answers"]
    ]


def _record(record: dict[str, Any], task: Task) -> list[_Example]:
    text = record["passage"]["text"]
    spans = [(span["start"], span["end"]) for span in record["passage"]["entities"]]
    if any(not 0 <= start <= end < len(text) for start, end in spans):
        raise ValueError("an entity lies outside the passage")
    candidates = tuple(dict.fromkeys(text[start : end + 1] for start, end in spans))
    found = []
    for query in record["qas"]:
        answers = query.get("answers")
        label = None if answers is None else tuple(answer["text"] for answer in answers)
        found.append(_Example((text, query["query"]), label, candidates=candidates))
    return found


_READERS: dict[str, Callable[[dict[str, Any], Task], list[_Example]]] = {
    **dict.fromkeys(("boolq", "cb", "copa", "rte", "wic"), _flat),
    "wsc": _wsc,
    "multirc": _multirc,
    "record": _record,
}
