"""Convolutions: one small weight at every place."""

from ._conv_transpose import conv_transpose1d, conv_transpose2d, conv_transpose3d
from ._convolution import conv1d, conv2d, conv3d
from ._fold import fold, unfold

__all__ = [
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "fold",
    "unfold",
]
