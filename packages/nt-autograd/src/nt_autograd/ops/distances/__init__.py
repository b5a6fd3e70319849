"""Distances and similarities of vectors."""

from ._cdist import cdist
from ._cosine_similarity import cosine_similarity
from ._pairwise_distance import pairwise_distance

__all__ = [
    "cdist",
    "cosine_similarity",
    "pairwise_distance",
]
