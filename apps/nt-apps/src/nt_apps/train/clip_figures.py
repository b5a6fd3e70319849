"""How well images find their texts and texts their images; and what must be beaten."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from nt_data.metrics import retrieval_ranks
from nt_data.sources import ImageTexts
from numpy.typing import NDArray

from nt_apps.train.task import Figures

__all__ = ["belongs", "by_group", "chance", "figures", "loss_of", "nearest_words"]

Table = NDArray[np.float32]  # (images, texts)
DEPTHS = (1, 5, 10)


def belongs(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Which images (rows) each text (columns) belongs to: its own, and those called the same.

    Example:
        >>> belongs(["a", "b", "a"]).astype(int).tolist()
        [[1, 0, 1], [0, 1, 0], [1, 0, 1]]
    """
    names = np.unique(np.array(texts, dtype=object), return_inverse=True)[1]
    return np.asarray(names[:, None] == names[None, :])


def figures(similarity: Table, texts: Sequence[str]) -> Figures:
    """Recall at 1, 5 and 10 and the mean rank, from image to text and from text to image.

    A wrong one of equal similarity counts as nearer than the right one.

    Args:
        similarity: of each image with each text.
        texts: of the images, in their order.

    Example:
        >>> figures(np.eye(2, dtype=np.float32), ["a", "b"])["image_to_text_r1"]
        1.0
    """
    right = belongs(texts)
    found = {}
    for name, table in (("image_to_text", similarity), ("text_to_image", similarity.T)):
        ranks = retrieval_ranks(table, right)
        for k in DEPTHS:
            found[f"{name}_r{k}"] = float((ranks <= k).mean())
        found[f"{name}_mean_rank"] = float(ranks.mean())
    return found


def loss_of(similarity: Table, texts: Sequence[str], scale: float) -> float:
    """The symmetric loss over all of a part at once, in nats, as the task's own of a batch.

    Example:
        >>> round(loss_of(np.eye(2, dtype=np.float32), ["a", "b"], 1.0), 4)
        0.3133
    """
    share = belongs(texts).astype(np.float64)
    share /= share.sum(1, keepdims=True)
    total = 0.0
    for table in (similarity, similarity.T):
        logits = scale * table.astype(np.float64)
        logits -= logits.max(1, keepdims=True)
        logits -= np.log(np.exp(logits).sum(1, keepdims=True))
        total -= 0.5 * float((share * logits).sum(1).mean())
    return total


def by_group(similarity: Table, part: ImageTexts) -> list[tuple[str, int, float, float]]:
    """Image to text, told apart by group: name, images, R@1, R@10; the largest first.

    The candidates are the texts of the whole part, not of the group alone.
    """
    ranks, groups = retrieval_ranks(similarity, belongs(part.texts)), np.array(part.groups)
    rows = []
    for name, count in Counter(part.groups).most_common():
        own = ranks[groups == name]
        rows.append((name, count, float((own <= 1).mean()), float((own <= 10).mean())))
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def chance(count: int) -> Figures:
    """What a random order of so many candidates gives on average.

    Example:
        >>> chance(20)["text_to_image_r10"], chance(20)["image_to_text_mean_rank"]
        (0.5, 10.5)
    """
    found: Figures = {}
    for name in ("image_to_text", "text_to_image"):
        found |= {f"{name}_r{k}": min(1.0, k / count) for k in DEPTHS}
        found[f"{name}_mean_rank"] = (count + 1) / 2
    return found


def nearest_words(train: ImageTexts, test: ImageTexts) -> Table:
    r"""Score texts by the words that they share with the caption of the nearest training image.

    Nearest is the largest cosine of pixels, less the mean training image. Words count by their
    rarity: the score of words $a$ and $b$ is $\sum_{w \in a \cap b} i_w^2 / (|i_a| |i_b|)$ with
    $i_w = \ln(N / n_w)$, where $n_w$ of $N$ training captions have the word.

    Returns:
        (test images, test texts).
    """
    mean = train.images.mean(0, dtype=np.float64).ravel().astype(np.float32)
    known, asked = (_unit(part.images.reshape(len(part), -1) - mean) for part in (train, test))
    nearest = (asked @ known.T).argmax(1)  # (test images,)
    said = [set(text.lower().split()) for text in train.texts]
    counts = Counter(word for words in said for word in words)
    column = {word: i for i, word in enumerate(counts)}
    rarity = [math.log(len(said) / count) for count in counts.values()]

    def bag(words: set[str]) -> NDArray[np.float32]:
        row = np.zeros(len(column), np.float32)
        for word in words & column.keys():
            row[column[word]] = rarity[column[word]]
        return row

    captions = _unit(np.stack([bag(said[i]) for i in nearest]))
    candidates = _unit(np.stack([bag(set(text.lower().split())) for text in test.texts]))
    return captions @ candidates.T


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12))
