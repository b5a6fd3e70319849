"""Normalisation layers, and weights that are normalised."""

from ._batch_norm import BatchNorm1d, BatchNorm2d, BatchNorm3d
from ._group_norm import GroupNorm
from ._instance_norm import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from ._layer_norm import LayerNorm
from ._local_response_norm import LocalResponseNorm
from ._rms_norm import RMSNorm
from ._spectral_norm import remove_spectral_norm, spectral_norm
from ._weight_norm import remove_weight_norm, weight_norm

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LayerNorm",
    "LocalResponseNorm",
    "RMSNorm",
    "remove_spectral_norm",
    "remove_weight_norm",
    "spectral_norm",
    "weight_norm",
]
