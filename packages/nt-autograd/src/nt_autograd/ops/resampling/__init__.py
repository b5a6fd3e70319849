"""Resampling: an image at other places or in another size."""

from ._grid_sample import affine_grid, grid_sample
from ._interpolate import interpolate
from ._shuffle import channel_shuffle, pixel_shuffle, pixel_unshuffle

__all__ = [
    "affine_grid",
    "channel_shuffle",
    "grid_sample",
    "interpolate",
    "pixel_shuffle",
    "pixel_unshuffle",
]
