"""Normalisation layers."""

from ._layer_norm import LayerNorm

__all__ = ["LayerNorm"]
