"""Resampling layers."""

from ._shuffle import ChannelShuffle, PixelShuffle, PixelUnshuffle
from ._upsample import Upsample

__all__ = ["ChannelShuffle", "PixelShuffle", "PixelUnshuffle", "Upsample"]
