"""Layers that forget a random share while training."""

from ._dropout import Dropout

__all__ = ["Dropout"]
