"""Losses: how wrong an answer is, as one number."""

from ._cross_entropy import cross_entropy

__all__ = [
    "cross_entropy",
]
