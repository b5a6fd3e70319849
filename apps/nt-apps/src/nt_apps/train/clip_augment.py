"""Images moved, turned, stretched and slanted a little: what is seen stays what it is called."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from nt_data import Draws
from numpy.typing import NDArray

__all__ = ["RandomAffine"]

_BORDER = 2  # pixels of background around the image, to look up what lies beyond it


@dataclass(frozen=True)
class RandomAffine:
    r"""Look up each pixel at $A(p - m) + m + t$, between its four neighbours.

    $A$ turns by $\theta$, stretches both ways alike and one more than the other, and slants; $m$ is
    the middle. Beyond the image is background, 0. Nothing is mirrored: `b` is no `d`.

    Args:
        shift: pixels each way, at most.
        zoom: by which $e^{\pm zoom}$ the image is stretched, at most; one way by half of it more.
        turn: degrees, at most.
        slant: pixels of a row for each row, at most.

    Example:
        >>> from nt_data import Draws
        >>> images = np.ones((2, 8, 8, 1), np.float32)
        >>> bool((RandomAffine(0, 0, 0, 0)(images, Draws([1, 2])) == images).all())
        True
        >>> float(RandomAffine(shift=4)(images, Draws([1, 2])).mean()) < 1
        True
    """

    shift: float = 2.0
    zoom: float = 0.1
    turn: float = 5.0
    slant: float = 0.05

    def __call__(self, images: NDArray[np.float32], random: Draws) -> NDArray[np.float32]:
        """Give the images, each changed in its own way.

        Args:
            images: (n, height, width, channels), floats with a background of 0.
            random: the numbers of the samples.
        """
        n, height, width, channels = images.shape
        drawn = (2 * random.uniform((6,)) - 1).astype(np.float32)  # (n, 6), from -1 to 1
        angle, slant = np.deg2rad(self.turn) * drawn[:, 0], self.slant * drawn[:, 1]
        wide = np.exp(self.zoom * drawn[:, 2])
        high = wide * np.exp(0.5 * self.zoom * drawn[:, 3])
        right, down = self.shift * drawn[:, 4], self.shift * drawn[:, 5]
        cos, sin = np.cos(angle), np.sin(angle)
        x = (np.arange(width, dtype=np.float32) - (width - 1) / 2)[None, :]  # (1, width)
        y = (np.arange(height, dtype=np.float32) - (height - 1) / 2)[:, None]  # (height, 1)

        def at(values: NDArray[np.float32]) -> NDArray[np.float32]:
            return values[:, None, None]

        columns = at(cos * wide) * x + at(slant - sin * wide) * y + at(right) + (width - 1) / 2
        rows = at(sin * high) * x + at(cos * high) * y + at(down) + (height - 1) / 2
        left, top = np.floor(columns), np.floor(rows)
        across, along = (columns - left)[..., None], (rows - top)[..., None]

        edge = ((0, 0), (_BORDER, _BORDER), (_BORDER, _BORDER), (0, 0))
        padded = np.pad(images, edge)  # (n, height + 4, width + 4, channels)
        stride = padded.shape[2]
        column = (left.astype(np.int64) + _BORDER).clip(0, stride - 2)
        row = (top.astype(np.int64) + _BORDER).clip(0, padded.shape[1] - 2)
        place = (np.arange(n)[:, None, None] * padded.shape[1] + row) * stride + column
        pixels = padded.reshape(-1, channels)
        upper = pixels[place] * (1 - across) + pixels[place + 1] * across
        lower = pixels[place + stride] * (1 - across) + pixels[place + stride + 1] * across
        return np.asarray(upper * (1 - along) + lower * along, np.float32)
