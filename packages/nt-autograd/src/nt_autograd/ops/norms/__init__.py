"""Normalisations: numbers brought to one scale."""

from ._batch_norm import batch_norm
from ._layer_norm import layer_norm
from ._rms_norm import rms_norm

__all__ = [
    "batch_norm",
    "layer_norm",
    "rms_norm",
]
