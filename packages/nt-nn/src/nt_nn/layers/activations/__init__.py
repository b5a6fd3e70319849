"""Activations as modules."""

from ._activations import GELU, Identity, ReLU

__all__ = ["GELU", "Identity", "ReLU"]
