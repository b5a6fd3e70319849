"""Normalisations: numbers brought to one scale."""

from ._batch_norm import batch_norm
from ._group_norm import group_norm, instance_norm
from ._layer_norm import layer_norm
from ._local_response_norm import local_response_norm
from ._normalize import normalize, weight_norm
from ._rms_norm import rms_norm

__all__ = [
    "batch_norm",
    "group_norm",
    "instance_norm",
    "layer_norm",
    "local_response_norm",
    "normalize",
    "rms_norm",
    "weight_norm",
]
