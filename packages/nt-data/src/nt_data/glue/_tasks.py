"""The tables of tasks."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["GLUE", "SUPERGLUE", "Task", "task_of"]


@dataclass(frozen=True)
class Task:
    """A task of a benchmark.

    Attributes:
        name: as files and results are called.
        title: its published name.
        what: what is asked.
        inputs: the columns or fields that a model reads.
        label: the column or field of the answer.
        labels: the classes by their names in the files; class k is `labels[k]`. None where the
            answer is a number (STS-B) or a text (ReCoRD).
        sizes: examples of each split as distributed.
        metrics: what `score` gives; a task's score is their mean.

    Example:
        >>> GLUE["rte"].labels, GLUE["rte"].sizes["train"], GLUE["mrpc"].metrics
        (('entailment', 'not_entailment'), 2490, ('accuracy', 'f1'))
    """

    name: str
    title: str
    what: str
    inputs: tuple[str, ...]
    label: str
    labels: tuple[str, ...] | None
    sizes: dict[str, int]
    metrics: tuple[str, ...]

    @property
    def num_labels(self) -> int:
        """How many numbers a model gives: one a class, or one where the answer is a number.

        Example:
            >>> GLUE["stsb"].num_labels, GLUE["mnli"].num_labels
            (1, 3)
        """
        return len(self.labels) if self.labels is not None else 1


def _sizes(train: int, dev: int, test: int) -> dict[str, int]:
    return {"train": train, "dev": dev, "test": test}


_PAIR = ("sentence1", "sentence2")
_ENTAILED = ("entailment", "not_entailment")
_ACCURACY = ("accuracy",)

GLUE: dict[str, Task] = {
    task.name: task
    for task in (
        Task("cola", "CoLA", "whether a sentence is acceptable English", ("sentence",), "label",
             ("0", "1"), _sizes(8551, 1043, 1063), ("matthews_corrcoef",)),
        Task("sst2", "SST-2", "whether a film review is positive", ("sentence",), "label",
             ("0", "1"), _sizes(67349, 872, 1821), _ACCURACY),
        Task("mrpc", "MRPC", "whether two sentences say the same", ("#1 String", "#2 String"),
             "Quality", ("0", "1"), _sizes(3668, 408, 1725), ("accuracy", "f1")),
        Task("stsb", "STS-B", "how similar two sentences are, from 0 to 5", _PAIR, "score", None,
             _sizes(5749, 1500, 1379), ("pearson", "spearman")),
        Task("qqp", "QQP", "whether two questions ask the same", ("question1", "question2"),
             "is_duplicate", ("0", "1"), _sizes(363846, 40430, 390965), ("accuracy", "f1")),
        Task("mnli", "MNLI", "whether a sentence follows from another, or contradicts it", _PAIR,
             "gold_label", ("entailment", "neutral", "contradiction"),
             {"train": 392702, "dev_matched": 9815, "dev_mismatched": 9832,
              "test_matched": 9796, "test_mismatched": 9847}, _ACCURACY),
        Task("qnli", "QNLI", "whether a sentence answers a question", ("question", "sentence"),
             "label", _ENTAILED, _sizes(104743, 5463, 5463), _ACCURACY),
        Task("rte", "RTE", "whether a sentence follows from another", _PAIR, "label", _ENTAILED,
             _sizes(2490, 277, 3000), _ACCURACY),
        Task("wnli", "WNLI", "whether a pronoun was replaced by what it means", _PAIR, "label",
             ("0", "1"), _sizes(635, 71, 146), _ACCURACY),
    )
}  # fmt: skip
"""The nine tasks of GLUE by name. Source: Wang et al., "GLUE", ICLR 2019, table 1."""

SUPERGLUE: dict[str, Task] = {
    task.name: task
    for task in (
        Task("boolq", "BoolQ", "whether the answer to a question on a passage is yes",
             ("passage", "question"), "label", ("False", "True"), _sizes(9427, 3270, 3245),
             _ACCURACY),
        Task("cb", "CB", "whether a clause follows from a passage, or contradicts it",
             ("premise", "hypothesis"), "label", ("entailment", "contradiction", "neutral"),
             _sizes(250, 56, 250), ("f1_macro", "accuracy")),
        Task("copa", "COPA", "which of two sentences is the cause or the effect of another",
             ("premise", "question", "choice1", "choice2"), "label", ("0", "1"),
             _sizes(400, 100, 500), _ACCURACY),
        # Sizes are questions, as published; each has several answers, each right or wrong.
        Task("multirc", "MultiRC", "whether an answer to a question on a passage is right",
             ("passage", "question", "answer"), "label", ("0", "1"), _sizes(5100, 953, 1800),
             ("f1_a", "exact_match")),
        Task("record", "ReCoRD", "which entity of a passage was masked in a sentence on it",
             ("passage", "query"), "answers", None, _sizes(100730, 10000, 10000),
             ("f1", "exact_match")),
        Task("rte", "RTE", "whether a sentence follows from another", ("premise", "hypothesis"),
             "label", _ENTAILED, _sizes(2490, 277, 3000), _ACCURACY),
        Task("wic", "WiC", "whether a word means the same in two sentences",
             ("word", "sentence1", "sentence2"), "label", ("False", "True"),
             _sizes(5428, 638, 1400), _ACCURACY),
        Task("wsc", "WSC", "whether a pronoun means a noun of its sentence",
             ("text", "span1_text", "span2_text"), "label", ("False", "True"),
             _sizes(554, 104, 146), _ACCURACY),
    )
}  # fmt: skip
"""The eight tasks of SuperGLUE by name. Source: Wang et al., "SuperGLUE", NeurIPS 2019, table 1."""


def task_of(tasks: dict[str, Task], name: str, benchmark: str) -> Task:
    """Find a task, also by its published name.

    Example:
        >>> task_of(GLUE, "STS-B", "GLUE").name
        'stsb'
    """
    found = tasks.get(name.lower().replace("-", ""))
    if found is None:
        raise ValueError(f"task must be one of {benchmark}'s {', '.join(tasks)}, got {name!r}")
    return found
