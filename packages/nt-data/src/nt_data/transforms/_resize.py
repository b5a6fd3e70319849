"""Another size: each new pixel a weighted sum of old ones, columns first, then rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nt_data._draws import as_draws
from nt_data.transforms._base import Images, Random, bounds, checked_images, pair

__all__ = ["RandomResizedCrop", "Resize"]

_FIXED = 2.0**22  # Pillow's weights for bytes are integers of this unit


@dataclass(frozen=True)
class Resize:
    """Scale images to another size.

    With `antialias` the result is Pillow's `Image.resize` of the columns, then of the rows, of
    bytes bit for bit: on the way down each new pixel looks at all that it covers. Without, it is
    PyTorch's `interpolate(align_corners=False)`, which looks at the same few neighbours whatever
    the scale.

    It gives (n, *size, channels) of the images' dtype; bytes are rounded and clipped.

    Args:
        size: height and width, or one number for both.
        interpolation: "nearest", "bilinear" or "bicubic".
        antialias: whether the kernel widens when images shrink; "nearest" has no kernel.

    Raises:
        ValueError: an unknown interpolation, or a size below 1.

    Example:
        >>> images = np.array([0, 100, 200, 100], np.uint8).reshape(1, 1, 4, 1)
        >>> Resize((1, 2))(images).ravel()
        array([ 71, 143], dtype=uint8)
        >>> Resize((1, 2), antialias=False)(images).ravel()
        array([ 50, 150], dtype=uint8)

    Source: Keys, "Cubic convolution interpolation for digital image processing", 1981, with
    $a = -1/2$ (Pillow) and $a = -3/4$ (PyTorch).
    """

    size: int | tuple[int, int]
    interpolation: str = "bilinear"
    antialias: bool = True

    def __post_init__(self) -> None:
        pair("size", self.size)
        _known(self.interpolation)

    def __call__(self, images: Images, random: Random | None = None) -> Images:
        """Give the scaled images; nothing is random."""
        images = checked_images(images)
        height, width = images.shape[1:3]
        return _resized(
            images, (0, 0, height, width), pair("size", self.size),
            self.interpolation, self.antialias,
        )  # fmt: skip


@dataclass(frozen=True)
class RandomResizedCrop:
    """Cut a random share of each image, of a random shape, and scale it to one size.

    Args:
        size: height and width, or one number for both.
        scale: smallest and largest share of the area.
        ratio: smallest and largest width over height.
        interpolation: as for `Resize`, with antialias.

    Raises:
        ValueError: an unknown interpolation, a size below 1, or bounds that are out of order or
            not finite.

    Example:
        >>> from nt_tensor import Generator
        >>> images = np.zeros((2, 40, 50, 3), np.uint8)
        >>> RandomResizedCrop(32)(images, Generator(0)).shape
        (2, 32, 32, 3)

    Source: Szegedy et al., "Going Deeper with Convolutions", CVPR 2015, §6; torchvision's
    `RandomResizedCrop`.
    """

    size: int | tuple[int, int]
    scale: tuple[float, float] = (0.08, 1.0)
    ratio: tuple[float, float] = (3 / 4, 4 / 3)
    interpolation: str = "bilinear"

    def __post_init__(self) -> None:
        pair("size", self.size)
        _known(self.interpolation)
        bounds("scale", self.scale)
        bounds("ratio", self.ratio)

    def __call__(self, images: Images, random: Random) -> Images:
        """Give one part of each image, scaled."""
        images = checked_images(images)
        n, height, width, channels = images.shape
        draws, tries = as_draws(random, len(images)), (10,)
        area = height * width * _between(*self.scale, draws.uniform(tries))
        shape = np.exp(
            _between(math.log(self.ratio[0]), math.log(self.ratio[1]), draws.uniform(tries))
        )
        wide, high = np.rint(np.sqrt(area * shape)), np.rint(np.sqrt(area / shape))
        fits = (wide >= 1) & (high >= 1) & (wide <= width) & (high <= height)
        at_top, at_left = draws.uniform(), draws.uniform()
        result = np.empty((n, *pair("size", self.size), channels), images.dtype)
        for i, attempt in enumerate(fits.argmax(1).tolist()):
            if fits[i, attempt]:
                h, w = int(high[i, attempt]), int(wide[i, attempt])
                top = int(at_top[i] * (height - h + 1))
                left = int(at_left[i] * (width - w + 1))
            else:  # the largest part of an allowed shape, from the middle
                h = min(height, round(width / self.ratio[0]))
                w = min(width, round(height * self.ratio[1]))
                top, left = (height - h) // 2, (width - w) // 2
            box = (top, left, top + h, left + w)
            result[i] = _resized(images[i : i + 1], box, result.shape[1:3], self.interpolation,
                                 antialias=True)[0]  # fmt: skip
        return result


def _between(low: float, high: float, share: NDArray[np.float64]) -> NDArray[np.float64]:
    return low + (high - low) * share


def _resized(
    images: Images,
    box: tuple[int, int, int, int],
    size: tuple[int, ...],
    interpolation: str,
    antialias: bool,
) -> Images:
    top, left, bottom, right = box
    images = images[:, top:bottom, left:right]
    n, height, width, channels = images.shape
    if interpolation == "nearest":
        rows, columns = _nearest(height, size[0]), _nearest(width, size[1])
        return images[:, rows[:, None], columns]
    if width != size[1]:  # columns: one product with every row of every channel
        weights = _weights(width, size[1], interpolation, antialias)
        rows_ = images.transpose(0, 1, 3, 2).reshape(-1, width)
        images = _product(rows_, weights.T, images.dtype, left=False)
        images = images.reshape(n, height, channels, size[1]).transpose(0, 1, 3, 2)
    if height != size[0]:
        weights = _weights(height, size[0], interpolation, antialias)
        images = _product(
            images.reshape(n, height, size[1] * channels), weights, images.dtype, left=True
        )
        images = images.reshape(n, size[0], size[1], channels)
    return np.ascontiguousarray(images)


def _product(
    values: NDArray[Any], weights: NDArray[np.float64], dtype: np.dtype[Any], *, left: bool
) -> Images:
    if dtype != np.uint8:
        factors: Images = weights.astype(np.float32)
        return np.asarray(factors @ values if left else values @ factors)
    # Integers of 2^-22 are exact in float64, whatever the order of the sum.
    whole: Images = np.trunc(weights * _FIXED + np.copysign(0.5, weights))
    wide = values.astype(np.float64)
    total: NDArray[np.float64] = np.asarray(whole @ wide if left else wide @ whole)
    return np.floor(total / _FIXED + 0.5).clip(0, 255).astype(np.uint8)


def _nearest(old: int, new: int) -> NDArray[np.int64]:
    step = old / new
    # Summed up as Pillow does: where a centre lies on an edge, rounding decides.
    return np.cumsum([step / 2, *[step] * (new - 1)]).astype(np.int64).clip(0, old - 1)


def _weights(old: int, new: int, interpolation: str, antialias: bool) -> NDArray[np.float64]:
    """(new, old): row i holds how much each old pixel counts in the new pixel i."""
    reach, kernel = _kernel(interpolation, -0.5 if antialias else -0.75)
    scale = old / new
    center = (np.arange(new) + 0.5) * scale
    weights: NDArray[np.float64] = np.zeros((new, old))
    if antialias:
        wide = max(scale, 1.0)
        place = np.arange(old)
        first = np.maximum((center - reach * wide + 0.5).astype(np.int64), 0)
        last = np.minimum((center + reach * wide + 0.5).astype(np.int64), old)
        inside = (place >= first[:, None]) & (place < last[:, None])
        weights = np.where(inside, kernel((place + 0.5 - center[:, None]) / wide), 0.0)
        return np.asarray(weights / weights.sum(1, keepdims=True))
    before = np.floor(center - 0.5).astype(np.int64)
    for step in range(1 - math.ceil(reach), math.ceil(reach) + 1):
        place = before + step  # beyond the border, the border's pixel counts again
        each = kernel(place + 0.5 - center)
        weights[np.arange(new), place.clip(0, old - 1)] += each
    return weights


def _kernel(
    interpolation: str, a: float
) -> tuple[float, Callable[[NDArray[np.float64]], NDArray[np.float64]]]:
    def triangle(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.maximum(1 - np.abs(x), 0.0))

    def cubic(x: NDArray[np.float64]) -> NDArray[np.float64]:
        x = np.abs(x)
        near = ((a + 2) * x - (a + 3)) * x * x + 1
        far = (((x - 5) * x + 8) * x - 4) * a
        return np.where(x < 1, near, np.where(x < 2, far, 0.0))

    return (1.0, triangle) if interpolation == "bilinear" else (2.0, cubic)


def _known(interpolation: str) -> None:
    if interpolation not in ("nearest", "bilinear", "bicubic"):
        raise ValueError(
            f"interpolation must be 'nearest', 'bilinear' or 'bicubic', got {interpolation!r}"
        )
