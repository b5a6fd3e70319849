"""How far down the list the right one stands."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nt_data.metrics._paired import finite

__all__ = ["mean_rank", "recall_at_k", "retrieval_ranks"]


def retrieval_ranks(similarity: ArrayLike, relevant: ArrayLike | None = None) -> NDArray[np.int64]:
    """Give each query's rank of its best right candidate, from 1 on.

    A wrong candidate of equal similarity stands before the right one: a model that gives all the
    same similarity finds nothing.

    Args:
        similarity: (queries, candidates), larger means closer.
        relevant: (queries,) the right candidate of each, or (queries, candidates) True where one is
            right; None means that query i and candidate i belong together.

    Returns:
        (queries,) ranks.

    Raises:
        ValueError: shapes that do not fit, similarities that are not finite, or a query without a
            right candidate.

    Example:
        >>> retrieval_ranks([[0.9, 0.1, 0.3], [0.8, 0.5, 0.2], [0.5, 0.5, 0.5]])
        array([1, 2, 3])
        >>> retrieval_ranks([[0.9, 0.1, 0.3]], [2])
        array([2])
    """
    table = finite("similarity", similarity)
    if table.ndim != 2 or not table.size:
        raise ValueError(f"similarity must be (queries, candidates), got shape {table.shape}")
    right = _relevant(table.shape, relevant)
    best = np.where(right, table, -np.inf).max(1, keepdims=True)
    return np.asarray(1 + ((table >= best) & ~right).sum(1), np.int64)


def recall_at_k(similarity: ArrayLike, relevant: ArrayLike | None = None, *, k: int = 1) -> float:
    """Give the share of queries with a right candidate among the `k` most similar, R@k.

    Args:
        similarity: (queries, candidates), larger means closer.
        relevant: as for `retrieval_ranks`.
        k: how many candidates are looked at.

    Raises:
        ValueError: as for `retrieval_ranks`, or `k` below 1.

    Example:
        >>> recall_at_k([[0.9, 0.1], [0.8, 0.5]], k=1), recall_at_k([[0.9, 0.1], [0.8, 0.5]], k=2)
        (0.5, 1.0)
    """
    if k < 1:
        raise ValueError(f"k ({k}) must be at least 1")
    return float(np.mean(retrieval_ranks(similarity, relevant) <= k))


def mean_rank(similarity: ArrayLike, relevant: ArrayLike | None = None) -> float:
    """Give the mean over queries of the rank of the best right candidate; 1 is perfect.

    Args:
        similarity: (queries, candidates), larger means closer.
        relevant: as for `retrieval_ranks`.

    Raises:
        ValueError: as for `retrieval_ranks`.

    Example:
        >>> mean_rank([[0.9, 0.1], [0.8, 0.5]])
        1.5
    """
    return float(np.mean(retrieval_ranks(similarity, relevant)))


def _relevant(shape: tuple[int, ...], relevant: ArrayLike | None) -> NDArray[np.bool_]:
    queries, candidates = shape
    given: NDArray[Any] = np.arange(queries) if relevant is None else np.asarray(relevant)
    if relevant is None and queries > candidates:
        raise ValueError(
            f"{queries} queries and {candidates} candidates: say with `relevant` which belong"
        )
    if given.dtype == np.bool_ and given.shape == shape:
        if not given.any(1).all():
            raise ValueError(f"query {int(given.any(1).argmin())} has no right candidate")
        return given
    if given.shape != (queries,) or given.dtype.kind not in "iu":
        raise ValueError(
            f"relevant must be {queries} integers or ({queries}, {candidates}) bools, "
            f"got {given.dtype} of shape {given.shape}"
        )
    if given.min() < 0 or given.max() >= candidates:
        raise ValueError(
            f"relevant names candidates from {given.min()} to {given.max()}; "
            f"there are {candidates}, from 0 on"
        )
    return np.asarray(np.arange(candidates) == given[:, None], np.bool_)
