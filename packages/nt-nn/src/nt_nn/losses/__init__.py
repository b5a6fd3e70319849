"""Losses as modules."""

from ._cross_entropy import CrossEntropyLoss

__all__ = ["CrossEntropyLoss"]
