"""ROUGE: how much of a reference a summary holds, in words, pairs of words and longest rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Rouge", "RougeScore", "mean_rouge", "rouge"]


@dataclass(frozen=True)
class RougeScore:
    """Precision, recall and F1 of one kind of overlap, each from 0 to 1.

    Example:
        >>> rouge("the cat", "the black cat").rouge1
        RougeScore(precision=1.0, recall=0.6666666666666666, f1=0.8)
    """

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Rouge:
    """The overlap of single words, of pairs, and of the longest common subsequence.

    Example:
        >>> rouge("a b c", "a c b").rougeL.f1
        0.6666666666666666
    """

    rouge1: RougeScore
    rouge2: RougeScore
    rougeL: RougeScore  # noqa: N815 - its published name


def rouge(hypothesis: str, reference: str) -> Rouge:
    """Score one text against one reference.

    Words are rows of a-z and 0-9 in lower case; everything else separates, other scripts included.
    Where either text has no words, all is 0.

    Args:
        hypothesis: the text that was written.
        reference: the text that was wanted.

    Example:
        >>> rouge("Police killed the gunman.", "police kill the gunman").rouge2.recall
        0.3333333333333333

    Source: Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", 2004; without stemming,
    as the `rouge_score` package counts.
    """
    ours, right = _words(hypothesis), _words(reference)
    pairs, wanted = list(pairwise(ours)), list(pairwise(right))
    return Rouge(
        _scored((Counter(ours) & Counter(right)).total(), len(ours), len(right)),
        _scored((Counter(pairs) & Counter(wanted)).total(), len(pairs), len(wanted)),
        _scored(_longest_common(ours, right), len(ours), len(right)),
    )


def mean_rouge(hypotheses: Sequence[str], references: Sequence[str]) -> Rouge:
    """Average each number of `rouge` over pairs of texts.

    Args:
        hypotheses: the texts that were written.
        references: the text that was wanted, for each.

    Raises:
        ValueError: no texts, or lists of different lengths.

    Example:
        >>> mean_rouge(["a b", "c"], ["a b", "d"]).rouge1.f1
        0.5
    """
    if isinstance(hypotheses, str) or len(hypotheses) != len(references) or not hypotheses:
        raise ValueError(
            "hypotheses and references must be lists of one length, at least 1, "
            f"got {len(hypotheses)} and {len(references)}"
        )
    each = [rouge(a, b) for a, b in zip(hypotheses, references, strict=True)]
    return Rouge(
        _mean([one.rouge1 for one in each]),
        _mean([one.rouge2 for one in each]),
        _mean([one.rougeL for one in each]),
    )


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def _scored(match: int, ours: int, right: int) -> RougeScore:
    precision, recall = match / max(ours, 1), match / max(right, 1)
    both = precision + recall
    return RougeScore(precision, recall, 2 * precision * recall / both if both else 0.0)


def _mean(scores: list[RougeScore]) -> RougeScore:
    n = len(scores)
    return RougeScore(
        sum(each.precision for each in scores) / n,
        sum(each.recall for each in scores) / n,
        sum(each.f1 for each in scores) / n,
    )


def _longest_common(a: list[str], b: list[str]) -> int:
    """Length of the longest common subsequence: a row of the table is the bits of one integer.

    Source: Hyyrö, "Bit-parallel LCS-length computation revisited", 2004.
    """
    places: dict[str, int] = {}
    for i, word in enumerate(a):
        places[word] = places.get(word, 0) | 1 << i
    everything = (1 << len(a)) - 1
    row = everything
    for word in b:
        hit = row & places.get(word, 0)
        row = (row + hit | row - hit) & everything
    return len(a) - row.bit_count()
