"""Numbers around 0 with a spread of about 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nt_data.transforms._base import Images, Random, checked_images

__all__ = ["Normalize"]


@dataclass(frozen=True)
class Normalize:
    r"""Take off the mean and divide by the standard deviation, per channel: $(x - \mu)/\sigma$.

    uint8 counts as 0 to 1, that is $x / 255$; mean and standard deviation are in that measure.

    It gives (n, height, width, channels) float32.

    Args:
        mean: one number, or one a channel.
        std: one number, or one a channel, positive.

    Raises:
        ValueError: a number is not finite, a standard deviation not positive, or the numbers do
            not fit the channels.

    Example:
        >>> Normalize(0.5, 0.5)(np.full((1, 1, 1, 1), 255, np.uint8))
        array([[[[1.]]]], dtype=float32)
    """

    mean: float | tuple[float, ...]
    std: float | tuple[float, ...]

    def __post_init__(self) -> None:
        if not np.isfinite(self.mean).all():
            raise ValueError(f"mean must be finite, got {self.mean}")
        if not (np.isfinite(self.std) & (np.asarray(self.std) > 0)).all():
            raise ValueError(f"std must be positive and finite, got {self.std}")

    def __call__(self, images: Images, random: Random | None = None) -> NDArray[np.float32]:
        """Give the images in the new measure; nothing is random."""
        images = checked_images(images)
        channels = images.shape[3]
        unit = 255.0 if images.dtype == np.uint8 else 1.0
        for name, given in (("mean", self.mean), ("std", self.std)):
            if np.ndim(given) and np.shape(given) != (channels,):
                raise ValueError(f"{name} has {np.size(given)} numbers for {channels} channels")
        scale, shift = 1 / (unit * np.asarray(self.std)), -np.asarray(self.mean) / self.std
        width = images.shape[2]
        # Rows of all channels are long enough for the loops of NumPy; three channels are not.
        row_scale = np.tile(np.broadcast_to(scale, channels), width).astype(np.float32)
        row_shift = np.tile(np.broadcast_to(shift, channels), width).astype(np.float32)
        rows = np.multiply(images.reshape(-1, width * channels), row_scale, dtype=np.float32)
        rows += row_shift
        return rows.reshape(images.shape)
