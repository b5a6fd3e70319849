"""What a task's predictions are worth, and what a benchmark's are."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nt_data import metrics
from nt_data.glue._tasks import GLUE, SUPERGLUE, Task

__all__ = ["glue_score", "score", "superglue_score"]

_SIMPLE = {
    "accuracy": metrics.accuracy,
    "f1": metrics.f1,
    "matthews_corrcoef": metrics.matthews_corrcoef,
    "pearson": metrics.pearson,
    "spearman": metrics.spearman,
}


def score(
    task: str, predictions: Any, labels: Any, *, groups: ArrayLike | None = None
) -> dict[str, float]:
    """Give the metrics of a task of GLUE or SuperGLUE, each from 0 to 1 (correlations from -1).

    Args:
        task: a name of `GLUE` or `SUPERGLUE`.
        predictions: (n,) classes; numbers for "stsb"; texts for "record".
        labels: (n,) the right ones; for "record" the right texts of each query.
        groups: (n,) for "multirc", which question each answer belongs to: `TaskData.groups`.

    Raises:
        ValueError: an unknown task, different lengths, or "multirc" without groups.

    Example:
        >>> score("mrpc", [1, 1, 0, 1], [1, 0, 0, 1])
        {'accuracy': 0.75, 'f1': 0.8}
        >>> score("multirc", [1, 0, 1], [1, 0, 0], groups=[0, 0, 1])
        {'f1_a': 0.6666666666666666, 'exact_match': 0.5}

    Source: Wang et al., "GLUE", ICLR 2019, §3; "SuperGLUE", NeurIPS 2019, §3; Khashabi et al.
    (MultiRC), 2018; Zhang et al. (ReCoRD), 2018.
    """
    name = task.lower().replace("-", "")
    found = GLUE.get(name) or SUPERGLUE.get(name)
    if found is None:
        known = ", ".join(dict.fromkeys([*GLUE, *SUPERGLUE]))
        raise ValueError(f"task must be one of {known}, got {task!r}")
    if name == "record":
        return _record(predictions, labels)
    if name == "multirc":
        return _multirc(predictions, labels, groups)
    if name == "cb":
        macro = metrics.f1(predictions, labels, average="macro")
        return {"f1_macro": macro, "accuracy": metrics.accuracy(predictions, labels)}
    return {metric: _SIMPLE[metric](predictions, labels) for metric in found.metrics}


def glue_score(results: Mapping[str, Mapping[str, float]]) -> float:
    """Give GLUE's score: the mean over its nine tasks of the mean of each one's metrics.

    Args:
        results: what `score` gave for each task. MNLI stands as "mnli_matched" and
            "mnli_mismatched", which count as one task, or as "mnli" alone.

    Raises:
        ValueError: a task is missing or unknown, or has not its metrics.

    Example:
        >>> names = ["sst2", "qnli", "rte", "wnli", "mnli_matched", "mnli_mismatched"]
        >>> results = {name: {"accuracy": 0.5} for name in names}
        >>> results |= {name: {"accuracy": 0.5, "f1": 0.7} for name in ("mrpc", "qqp")}
        >>> results |= {"cola": {"matthews_corrcoef": 0.5}, "stsb": {"pearson": 0, "spearman": 1}}
        >>> round(glue_score(results), 4)
        0.5222

    Source: Wang et al., "GLUE", ICLR 2019, §3.
    """
    results = dict(results)
    halves = [results.pop(f"mnli_{part}", None) for part in ("matched", "mismatched")]
    given = [half for half in halves if half is not None]
    if given:
        if len(given) == 1 or "mnli" in results:
            raise ValueError(
                "results must hold mnli_matched and mnli_mismatched, or mnli in their place"
            )
        both = [_mean("mnli", GLUE["mnli"], half) for half in given]
        results["mnli"] = {"accuracy": sum(both) / 2}
    return _total("GLUE", GLUE, results)


def superglue_score(results: Mapping[str, Mapping[str, float]]) -> float:
    """Give SuperGLUE's score: the mean over its eight tasks of the mean of each one's metrics.

    Args:
        results: what `score` gave for each task.

    Raises:
        ValueError: a task is missing or unknown, or has not its metrics.

    Example:
        >>> results = {
        ...     name: dict.fromkeys(task.metrics, 0.75) for name, task in SUPERGLUE.items()
        ... }
        >>> superglue_score(results)
        0.75

    Source: Wang et al., "SuperGLUE", NeurIPS 2019, §3.
    """
    return _total("SuperGLUE", SUPERGLUE, dict(results))


def _total(
    benchmark: str, tasks: dict[str, Task], results: dict[str, Mapping[str, float]]
) -> float:
    missing = [name for name in tasks if name not in results]
    unknown = [name for name in results if name not in tasks]
    if missing or unknown:
        what = f"lack {', '.join(missing)}" if missing else f"hold {', '.join(unknown)}"
        raise ValueError(f"{benchmark}'s score is over {', '.join(tasks)}: the results {what}")
    return sum(_mean(name, task, results[name]) for name, task in tasks.items()) / len(tasks)


def _mean(name: str, task: Task, result: Mapping[str, float]) -> float:
    if set(result) != set(task.metrics):
        raise ValueError(
            f"the result of {name} must hold {', '.join(task.metrics)}, got {', '.join(result)}"
        )
    return sum(result.values()) / len(result)


def _multirc(predictions: Any, labels: Any, groups: ArrayLike | None) -> dict[str, float]:
    f1 = metrics.f1(predictions, labels)
    if groups is None or np.shape(groups) != np.shape(labels):
        raise ValueError("multirc needs groups, the question of each answer, as TaskData has them")
    _, question = np.unique(np.asarray(groups), return_inverse=True)
    wrong = np.bincount(question, np.asarray(predictions) != np.asarray(labels))
    return {"f1_a": f1, "exact_match": float(np.mean(wrong == 0))}


def _record(predictions: Sequence[str], labels: Sequence[Sequence[str]]) -> dict[str, float]:
    if len(predictions) != len(labels) or not len(labels):
        raise ValueError(
            "record needs one predicted text for each query, at least one, "
            f"got {len(predictions)} and {len(labels)} queries"
        )
    f1 = exact = 0.0
    for number, (said, right) in enumerate(zip(predictions, labels, strict=True)):
        if isinstance(right, str) or not right:
            raise ValueError(f"query {number} needs a list of right texts, got {right!r}")
        ours = _plain(said)
        f1 += max(_overlap(ours, _plain(text)) for text in right)
        exact += any(ours == _plain(text) for text in right)
    return {"f1": f1 / len(labels), "exact_match": exact / len(labels)}


def _plain(text: str) -> list[str]:
    """Words in lower case, without punctuation and articles: SQuAD's normal form."""
    kept = "".join(sign for sign in text.lower() if sign not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", kept).split()


def _overlap(ours: list[str], right: list[str]) -> float:
    common = (Counter(ours) & Counter(right)).total()
    return 2 * common / (len(ours) + len(right)) if common else 0.0
