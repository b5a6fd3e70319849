"""GLUE's TSV files: no quoting, no header in CoLA, another format in Microsoft's MRPC."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nt_data._errors import DataError
from nt_data.glue._tasks import GLUE, Task, task_of

__all__ = ["TaskData", "lines_of", "read_glue"]

# Rows of QQP as distributed that a line break inside a question tore apart.
_TORN = {"qqp": 10}
_COLA = ("source", "label", "author's mark", "sentence")
_MSR = ("Quality", "#1 ID", "#2 ID", "#1 String", "#2 String")


@dataclass(frozen=True)
class TaskData:
    """The examples of one split of a task; a data set of (texts, label).

    Attributes:
        task: what is asked.
        split: which part this is.
        inputs: for each example, its texts in the order of `task.inputs`.
        labels: (n,) int64 classes, or float64 for STS-B; a list of the right answers for each query
            of ReCoRD; None where the labels are kept secret.
        groups: (n,) for MultiRC, which question each answer belongs to.
        candidates: for ReCoRD, the entities that each query chooses from.

    Example:
        >>> data = TaskData(GLUE["sst2"], "dev", [("good",), ("bad",)], np.array([1, 0]))
        >>> len(data), data[0]
        (2, (('good',), np.int64(1)))
    """

    task: Task
    split: str
    inputs: list[tuple[str, ...]] = field(repr=False)
    labels: Any = field(repr=False)
    groups: NDArray[np.int64] | None = field(default=None, repr=False)
    candidates: list[tuple[str, ...]] | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, index: int) -> tuple[tuple[str, ...], Any]:
        return self.inputs[index], None if self.labels is None else self.labels[index]


def read_glue(folder: str | os.PathLike[str], task: str, split: str) -> TaskData:
    r"""Read a split of a GLUE task from its folder as distributed.

    MRPC is read from `train.tsv`, `dev.tsv` and `test.tsv`, or else from Microsoft's
    `msr_paraphrase_*.txt` with GLUE's `dev_ids.tsv`. A few rows of QQP are torn by line breaks:
    up to ten are left out.

    Args:
        folder: where the files are, such as `glue_data/CoLA`.
        task: a name of `GLUE`.
        split: "train", "dev" or "test"; of MNLI "dev_matched", "dev_mismatched", "test_matched",
            "test_mismatched" beside "train".

    Raises:
        ValueError: an unknown task or split.
        FileNotFoundError: the folder lacks the file.
        DataError: a file is empty, not UTF-8, or a line malformed; names file and line.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     text = "index\tsentence1\tsentence2\tlabel\n0\tIt rains.\tIt is wet.\t"
        ...     _ = Path(folder, "train.tsv").write_text(text + "entailment")
        ...     read_glue(folder, "rte", "train")[0]
        (('It rains.', 'It is wet.'), np.int64(0))
    """
    found = task_of(GLUE, task, "GLUE")
    if split not in found.sizes:
        raise ValueError(f"split of {found.title} must be one of {', '.join(found.sizes)}, "
                         f"got {split!r}")  # fmt: skip
    path = Path(folder, f"{split}.tsv")
    if found.name == "mrpc" and not path.exists():
        return _read_msr(Path(folder), found, split)
    header = _COLA if found.name == "cola" and split != "test" else None
    return _examples(found, split, _table(path, header, _TORN.get(found.name, 0)), path)


def lines_of(path: Path) -> list[tuple[int, str]]:
    """Give the lines of a file with their numbers, without those that are empty.

    Only a line feed ends a line: sentences hold other signs that Python takes for one.

    Example:
        >>> lines_of(Path("nowhere.tsv"))
        Traceback (most recent call last):
            ...
        FileNotFoundError: no file nowhere.tsv: the task's folder as distributed is needed
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        message = f"no file {path}: the task's folder as distributed is needed"
        raise FileNotFoundError(message) from error
    lines = []
    for number, raw in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        try:
            text = raw.removesuffix(b"\r").decode("utf-8")
        except UnicodeDecodeError as error:
            raise DataError(f"{path}, line {number}: not UTF-8 ({error.reason})") from error
        if text:
            lines.append((number, text))
    if not lines:
        raise DataError(f"{path} is empty")
    return lines


Rows = tuple[dict[str, int], list[tuple[int, list[str]]]]  # column by name, numbered rows


def _table(path: Path, header: tuple[str, ...] | None, torn: int) -> Rows:
    lines = lines_of(path)
    if header is None:
        header = tuple(lines.pop(0)[1].split("\t"))
    rows, bad = [], []
    for number, text in lines:
        cells = text.split("\t")
        if len(cells) == len(header):
            rows.append((number, cells))
        else:
            bad.append((number, len(cells)))
    if len(bad) > torn:
        number, cells_there = bad[0]
        raise DataError(
            f"{path}, line {number}: {cells_there} columns between tabs, {len(header)} expected: "
            f"{', '.join(header)}"
        )
    if not rows:
        raise DataError(f"{path} has a header and no example")
    return {name: place for place, name in enumerate(header)}, rows


def _examples(task: Task, split: str, table: Rows, path: Path) -> TaskData:
    columns, rows = table
    for name in task.inputs:
        if name not in columns:
            raise DataError(f"{path} has no column {name!r}, only {', '.join(columns)}")
    secret = split.startswith("test") and task.label not in columns
    if not secret and task.label not in columns:
        raise DataError(f"{path} has no column {task.label!r}, only {', '.join(columns)}")
    inputs = [tuple(cells[columns[name]] for name in task.inputs) for _, cells in rows]
    if secret:
        return TaskData(task, split, inputs, None)
    place = columns[task.label]
    if task.labels is None:
        return TaskData(task, split, inputs, np.array(
            [_score_of(cells[place], path, number) for number, cells in rows]))  # fmt: skip
    classes = {name: k for k, name in enumerate(task.labels)}
    labels = np.empty(len(rows), np.int64)
    for k, (number, cells) in enumerate(rows):
        if cells[place] not in classes:
            raise DataError(
                f"{path}, line {number}: {task.label} must be one of {', '.join(classes)}, "
                f"got {cells[place]!r}"
            )
        labels[k] = classes[cells[place]]
    return TaskData(task, split, inputs, labels)


def _score_of(cell: str, path: Path, number: int) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 5:
        raise DataError(f"{path}, line {number}: score must be from 0 to 5, got {cell!r}")
    return value


def _read_msr(folder: Path, task: Task, split: str) -> TaskData:
    part = "test" if split == "test" else "train"
    path = folder / f"msr_paraphrase_{part}.txt"
    columns, rows = _table(path, None, 0)
    if tuple(columns) != _MSR:
        raise DataError(f"{path} must begin with the columns {', '.join(_MSR)}")
    if part == "train":
        # GLUE names the pairs that it took out of Microsoft's training file.
        ids = folder / "dev_ids.tsv"
        dev = set()
        for number, text in lines_of(ids):
            one, tab, two = text.partition("\t")
            if not tab:
                raise DataError(f"{ids}, line {number}: two ids between a tab expected")
            dev.add((one, two))
        rows = [row for row in rows if ((row[1][1], row[1][2]) in dev) == (split == "dev")]
        if not rows:
            raise DataError(f"{path} has no pair of the split {split} that {ids} tells")
    return _examples(task, split, (columns, rows), path)
