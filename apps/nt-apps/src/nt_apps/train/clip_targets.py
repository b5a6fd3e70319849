"""What each image of a batch is to be nearest to: its caption, equal ones, and similar ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from nt_autograd import tensor
from nt_nn import gather_shares
from nt_tensor import current_device
from numpy.typing import NDArray

__all__ = ["Targets"]

Floats = NDArray[np.float32]


class Targets:
    r"""Probabilities (pairs, pairs) that text $j$ belongs to image $i$.

    $$t_{ij} = (1 - \epsilon)\, e_{ij} + \epsilon \left( k_{ij}
    + \big(1 - \textstyle\sum_j k_{ij}\big)\, e_{ij} \right)$$

    $e_{ij}$ is even over the texts equal to that of $i$: equals need not be told apart. $k_{ij}$ is
    the squared cosine of the tokens of both texts, each weighted by the logarithm of the inverse of
    its share of the training captions (tf-idf), over their sum where that exceeds 1: of names that
    share a rare word, such as a script's, each is a better guess than any other.

    Args:
        captions: the training captions, as tokens.
        vocab_size: how many tokens there are.
        soft: $\epsilon$, from 0 to 1.

    Example:
        >>> three = Targets([[1, 2], [1, 3], [4]], vocab_size=5, soft=0.5)
        >>> tokens = np.array([[1, 2], [1, 3], [4, 4]])
        >>> three(tokens, np.arange(3)).round(3)
        array([[0.993, 0.007, 0.   ],
               [0.007, 0.993, 0.   ],
               [0.   , 0.   , 1.   ]], dtype=float32)

    Source: Yang et al., Unified Contrastive Learning in Image-Text-Label Space (2022), section 3.2,
        for equals; Gao et al., SoftCLIP: Softer Cross-modal Alignment Makes CLIP Stronger (2023),
        section 3, for targets from the likeness of texts.
    """

    def __init__(self, captions: Sequence[Sequence[int]], vocab_size: int, soft: float) -> None:
        self.soft = soft
        count = np.zeros(vocab_size)
        for tokens in captions:
            count[list(set(tokens))] += 1
        self.weight = np.where(count > 0, np.log(len(captions) / np.maximum(count, 1)), 0.0)

    def __call__(self, tokens: NDArray[np.int64], same: NDArray[np.int64]) -> Floats:
        """Give the targets of the whole batch, that of all threads and ranks.

        Args:
            tokens: (batch, time) of this share.
            same: (batch,), equal numbers for equal captions.
        """
        names = _everywhere(same)
        equal = names[:, None] == names[None, :]  # (pairs, pairs)
        own = equal / equal.sum(1, keepdims=True)
        if not self.soft:
            return np.asarray(own, np.float32)
        held = np.zeros((len(tokens), len(self.weight)), np.float32)
        np.put_along_axis(held, tokens, np.float32(1), 1)
        held *= self.weight
        held /= np.maximum(np.linalg.norm(held, axis=1, keepdims=True), 1e-9)
        bags = _everywhere(held)  # (pairs, vocabulary), each of length 1
        like = np.where(equal, 0, (bags @ bags.T) ** 2)
        like /= np.maximum(like.sum(1, keepdims=True), 1)
        like += (1 - like.sum(1, keepdims=True)) * own
        return np.asarray((1 - self.soft) * own + self.soft * like, np.float32)


def _everywhere(rows: NDArray[Any]) -> NDArray[Any]:
    """The rows of all threads and ranks."""
    gathered: NDArray[Any] = gather_shares(tensor(rows, device=current_device())).numpy()
    return gathered
