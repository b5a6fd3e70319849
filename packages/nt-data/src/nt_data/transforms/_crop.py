"""A part of each image: from the middle, or from a random place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from nt_data._draws import as_draws
from nt_data.transforms._base import Images, Random, checked_images, pair

__all__ = ["CenterCrop", "RandomCrop", "crop_at"]

_MODES = ("constant", "edge", "reflect", "symmetric")


@dataclass(frozen=True)
class CenterCrop:
    """Keep the middle of each image.

    Args:
        size: height and width, or one number for both.

    Raises:
        ValueError: a size below 1, or the images are smaller.

    Example:
        >>> CenterCrop(1)(np.arange(9, dtype=np.uint8).reshape(1, 3, 3, 1)).ravel()
        array([4], dtype=uint8)
    """

    size: int | tuple[int, int]

    def __post_init__(self) -> None:
        pair("size", self.size)

    def __call__(self, images: Images, random: Random | None = None) -> Images:
        """Give the middles; nothing is random."""
        images = checked_images(images)
        height, width = _fitting(images, pair("size", self.size))
        top, left = (images.shape[1] - height) // 2, (images.shape[2] - width) // 2
        return images[:, top : top + height, left : left + width].copy()


@dataclass(frozen=True)
class RandomCrop:
    """Keep a part at a random place of each image, after padding it on all sides.

    Args:
        size: height and width, or one number for both.
        padding: rows and columns added on each side, or one number for both.
        mode: what they hold: "constant" (`fill`), "edge", "reflect" or "symmetric".
        fill: the value of "constant".

    Raises:
        ValueError: a number out of range or not finite, an unknown mode, or the padded images are
            smaller.

    Example:
        >>> from nt_tensor import Generator
        >>> images = np.ones((2, 28, 28, 1), np.uint8)
        >>> RandomCrop(28, padding=2)(images, Generator(0)).shape
        (2, 28, 28, 1)

    Source: He et al., "Deep Residual Learning", 2015, §4.2 (padding 4, then a crop).
    """

    size: int | tuple[int, int]
    padding: int | tuple[int, int] = 0
    mode: str = "constant"
    fill: float = 0

    def __post_init__(self) -> None:
        if self.mode not in _MODES:
            raise ValueError(f"mode must be one of {', '.join(_MODES)}, got {self.mode!r}")
        pair("size", self.size)
        pair("padding", self.padding, least=0)
        if not np.isfinite(self.fill).all():
            raise ValueError(f"fill ({self.fill}) must be finite")

    def __call__(self, images: Images, random: Random) -> Images:
        """Give one part of each image."""
        padded = _padded(checked_images(images), pair("padding", self.padding, least=0),
                         self.mode, self.fill)  # fmt: skip
        size = _fitting(padded, pair("size", self.size))
        draws = as_draws(random, len(padded))
        top = draws.integers(0, padded.shape[1] - size[0] + 1)
        left = draws.integers(0, padded.shape[2] - size[1] + 1)
        return crop_at(padded, top, left, size)


def crop_at(
    images: Images, top: NDArray[np.int64], left: NDArray[np.int64], size: tuple[int, int]
) -> Images:
    """Cut (n, *size) parts at rows `top` and columns `left`, (n,) each, which must lie inside.

    Example:
        >>> images = np.arange(8, dtype=np.uint8).reshape(2, 2, 2, 1)
        >>> crop_at(images, np.array([0, 1]), np.array([1, 0]), (1, 1)).ravel()
        array([1, 6], dtype=uint8)
    """
    n, rows, columns, channels = images.shape
    images = np.ascontiguousarray(images)
    image, row, column, element = images.strides
    # Every part that could be cut, as a view; choosing then copies whole rows.
    parts = as_strided(
        images,
        (n, rows - size[0] + 1, columns - size[1] + 1, size[0], size[1] * channels),
        (image, row, column, row, element),
        writeable=False,
    )
    return parts[np.arange(n), top, left].reshape(n, *size, channels)


def _padded(images: Images, padding: tuple[int, int], mode: str, fill: float) -> Images:
    high, wide = padding
    if not high and not wide:
        return images
    n, rows, columns, channels = images.shape
    if mode == "constant":
        padded = np.full((n, rows + 2 * high, columns + 2 * wide, channels), fill, images.dtype)
        padded[:, high : high + rows, wide : wide + columns] = images
        return padded
    if mode == "reflect" and (high >= rows or wide >= columns):
        raise ValueError(
            f"padding {padding} with mode='reflect' must be below the images' size "
            f"({rows}, {columns})"
        )
    around = ((0, 0), (high, high), (wide, wide), (0, 0))
    return np.pad(images, around, mode)  # type: ignore[call-overload, no-any-return]


def _fitting(images: Images, size: tuple[int, int]) -> tuple[int, int]:
    if size[0] > images.shape[1] or size[1] > images.shape[2]:
        raise ValueError(f"size {size} must be at most that of the images, {images.shape[1:3]}")
    return size
