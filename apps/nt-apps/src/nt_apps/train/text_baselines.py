"""What a classifier of texts must beat: the largest class, and logistic regression on TF-IDF."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from nt_autograd import tensor, zeros
from nt_data.metrics import accuracy
from nt_data.sources import LabelledTexts
from nt_nn.optim import LBFGS
from numpy.typing import NDArray

from nt_apps.train.bert_text import clean

__all__ = ["logistic_regression", "majority"]

_WORD = re.compile(r"\w\w+")  # scikit-learn's words

Counts = dict[str, int]


def majority(train: LabelledTexts, test: LabelledTexts) -> float:
    """Accuracy of the class that most training texts have.

    Example:
        >>> both = LabelledTexts(["a", "b", "c"], np.array([0, 1, 1]), ("no", "yes"))
        >>> round(majority(both, both), 4)
        0.6667
    """
    largest = np.bincount(train.labels, minlength=len(train.classes)).argmax()
    return accuracy(np.full(len(test), largest), test.labels)


def logistic_regression(train: LabelledTexts, test: LabelledTexts, iterations: int = 100) -> float:
    r"""Accuracy of logistic regression on the words of texts, weighted by TF-IDF.

    A word that stands $c$ times in a text, and in $d$ of the $n$ training texts, counts

    $$x = (1 + \ln c) \left(1 + \ln \frac{1 + n}{1 + d}\right)$$

    there, and each text is scaled to length 1. Minimised, by L-BFGS, is what scikit-learn's
    `LogisticRegression()` minimises behind its `TfidfVectorizer(sublinear_tf=True)`:

    $$\frac{1}{n} \sum_i -\log \mathrm{softmax}(W x_i + b)_{y_i} + \frac{1}{2n} \lVert W \rVert^2$$

    Args:
        train: what it learns from.
        test: what it is judged by.
        iterations: of L-BFGS at most.

    Example:
        >>> both = LabelledTexts(["so good", "so bad"] * 9, np.array([1, 0] * 9), ("no", "yes"))
        >>> logistic_regression(both, both)
        1.0
    """
    counted = [_count(text) for text in train.texts]
    documents = Counter(word for counts in counted for word in counts)
    words = {word: i for i, word in enumerate(documents)}
    known = np.array([1 + np.log((1 + len(train)) / (1 + d)) for d in documents.values()])
    x = _Sparse.of(counted, words, known)
    classes, n = len(train.classes), len(train)
    target = np.eye(classes)[train.labels]  # (texts, classes)
    weight = zeros(classes, len(words), dtype="float64", requires_grad=True)
    bias = zeros(classes, dtype="float64", requires_grad=True)
    search = LBFGS([weight, bias], lr=1.0, max_iter=iterations, line_search_fn="strong_wolfe")

    def loss() -> float:
        w = weight.detach().numpy()
        scores = x.times(w) + bias.detach().numpy()
        scores -= scores.max(1, keepdims=True)
        logs = scores - np.log(np.exp(scores).sum(1, keepdims=True))
        error = (np.exp(logs) - target) / n  # (texts, classes)
        weight.grad = tensor(x.transposed_times(error) + w / n)
        bias.grad = tensor(error.sum(0))
        return float(-(logs * target).sum() / n + (w * w).sum() / (2 * n))

    search.step(loss)
    seen = _Sparse.of([_count(text) for text in test.texts], words, known)
    scores = seen.times(weight.detach().numpy()) + bias.detach().numpy()
    return accuracy(scores.argmax(1), test.labels)


@dataclass(frozen=True)
class _Sparse:
    """Rows of which most is 0: what is not, row by row."""

    rows: NDArray[np.int64]  # (entries,)
    columns: NDArray[np.int64]  # (entries,)
    values: NDArray[np.float64]  # (entries,)
    shape: tuple[int, int]

    @classmethod
    def of(
        cls, counted: Sequence[Counts], words: dict[str, int], known: NDArray[np.float64]
    ) -> _Sparse:
        """Texts by the words that are known, each of length 1."""
        entries = [
            (row, words[word], count)
            for row, counts in enumerate(counted)
            for word, count in counts.items()
            if word in words
        ]
        rows, columns, counts = np.array(entries, np.int64).reshape(-1, 3).T
        values = (1 + np.log(counts)) * known[columns]
        lengths = np.sqrt(np.bincount(rows, values**2, len(counted)))
        return cls(rows, columns, values / lengths[rows], (len(counted), len(words)))

    def times(self, weight: NDArray[np.float64]) -> NDArray[np.float64]:
        """(rows, classes), of weights (classes, columns)."""
        sums = [
            np.bincount(self.rows, self.values * w[self.columns], self.shape[0]) for w in weight
        ]
        return np.stack(sums, 1)

    def transposed_times(self, error: NDArray[np.float64]) -> NDArray[np.float64]:
        """(classes, columns), of errors (rows, classes)."""
        sums = [
            np.bincount(self.columns, self.values * e[self.rows], self.shape[1]) for e in error.T
        ]
        return np.stack(sums)


def _count(text: str) -> Counts:
    return Counter(_WORD.findall(clean(text).lower()))
