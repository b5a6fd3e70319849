"""Convolutions: one small weight at every place."""

from ._convolution import conv2d

__all__ = [
    "conv2d",
]
