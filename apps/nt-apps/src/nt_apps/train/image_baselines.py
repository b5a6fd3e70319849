"""What a classifier of images must beat: the nearest class mean, and logistic regression."""

from __future__ import annotations

import numpy as np
from nt_autograd import Tensor, cross_entropy, linear, tensor, zeros
from nt_data.metrics import accuracy
from nt_data.sources import Images
from nt_nn.optim import LBFGS
from numpy.typing import NDArray

__all__ = ["logistic_regression", "nearest_mean"]


def nearest_mean(train: Images, test: Images) -> float:
    r"""Accuracy of the class whose mean training image is nearest.

    $$\hat y = \arg\min_c \lVert x - \mu_c \rVert^2 = \arg\max_c \; x \cdot \mu_c -
    \tfrac12 \lVert \mu_c \rVert^2$$

    Example:
        >>> black, white = np.zeros((1, 2, 2, 1), np.uint8), np.full((1, 2, 2, 1), 255, np.uint8)
        >>> two = Images(np.concatenate([black, white]), np.array([0, 1]), ("black", "white"))
        >>> nearest_mean(two, two)
        1.0
    """
    x, classes = _flat(train), range(len(train.classes))
    there = [c for c in classes if (train.labels == c).any()]
    means = np.stack([x[train.labels == c].mean(0) for c in there])  # (classes, pixels)
    scores = _flat(test) @ means.T - 0.5 * (means**2).sum(1)
    return accuracy(np.array(there)[scores.argmax(1)], test.labels)


def logistic_regression(train: Images, test: Images, iterations: int = 100) -> float:
    r"""Accuracy of logistic regression on pixels $x$ from 0 to 1, regularised a little.

    $$\min_{W, b} \; \frac{1}{n} \sum_i -\log \mathrm{softmax}(W x_i + b)_{y_i} +
    \frac{1}{2n} \lVert W \rVert^2$$

    by L-BFGS: what scikit-learn's `LogisticRegression()` minimises.

    Args:
        train: what it learns from.
        test: what it is judged by.
        iterations: of L-BFGS at most.
    """
    x, labels = tensor(_flat(train)), tensor(train.labels)
    weight = zeros(len(train.classes), x.shape[1], requires_grad=True)
    bias = zeros(len(train.classes), requires_grad=True)
    search = LBFGS([weight, bias], lr=1.0, max_iter=iterations, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        search.zero_grad()
        mean = cross_entropy(linear(x, weight, bias), labels)
        loss: Tensor = mean + (weight * weight).sum() * (0.5 / len(train))
        loss.backward()
        return loss

    search.step(loss)
    scores = _flat(test) @ weight.detach().numpy().T + bias.detach().numpy()
    return accuracy(scores.argmax(1), test.labels)


def _flat(part: Images) -> NDArray[np.float32]:
    return part.images.reshape(len(part), -1).astype(np.float32) / np.float32(255)
