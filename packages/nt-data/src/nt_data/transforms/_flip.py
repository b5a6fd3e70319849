"""Mirror images, some of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nt_data._draws import as_draws
from nt_data.transforms._base import Images, Random, checked_images, probability

__all__ = ["RandomHorizontalFlip", "RandomVerticalFlip"]

_ROWS, _COLUMNS = 1, 2


@dataclass(frozen=True)
class RandomHorizontalFlip:
    """Swap left and right of an image with probability `p`.

    Args:
        p: from 0 to 1.

    Raises:
        ValueError: `p` is no probability.

    Example:
        >>> from nt_tensor import Generator
        >>> images = np.array([1, 2], np.uint8).reshape(1, 1, 2, 1)
        >>> RandomHorizontalFlip(p=1.0)(images, Generator(0)).ravel()
        array([2, 1], dtype=uint8)
    """

    p: float = 0.5

    def __post_init__(self) -> None:
        probability("p", self.p)

    def __call__(self, images: Images, random: Random) -> Images:
        """Give the images, some mirrored."""
        return _mirrored(images, random, self.p, _COLUMNS)


@dataclass(frozen=True)
class RandomVerticalFlip:
    """Swap top and bottom of an image with probability `p`.

    Args:
        p: from 0 to 1.

    Raises:
        ValueError: `p` is no probability.

    Example:
        >>> from nt_tensor import Generator
        >>> images = np.array([1, 2], np.uint8).reshape(1, 2, 1, 1)
        >>> RandomVerticalFlip(p=1.0)(images, Generator(0)).ravel()
        array([2, 1], dtype=uint8)
    """

    p: float = 0.5

    def __post_init__(self) -> None:
        probability("p", self.p)

    def __call__(self, images: Images, random: Random) -> Images:
        """Give the images, some upside down."""
        return _mirrored(images, random, self.p, _ROWS)


def _mirrored(images: Images, random: Random, p: float, axis: int) -> Images:
    images = checked_images(images)
    chosen = np.flatnonzero(as_draws(random, len(images)).uniform() < p)
    result = np.array(images, order="C")
    # A pixel of all channels moves as one item: three times the speed of moving bytes.
    pixel = np.dtype((np.void, images.itemsize * images.shape[3]))
    pixels = result.view(pixel)[..., 0]  # (n, height, width)
    pixels[chosen] = np.flip(pixels[chosen], axis)
    return result
