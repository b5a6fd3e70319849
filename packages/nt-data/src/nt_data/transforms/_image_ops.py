"""What Pillow's enhancers and operators do, on batches: bytes come out bit for bit as there.

Each takes (n, height, width, channels), bytes or floats from 0 to 1, and factors (n,).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nt_data.transforms._base import Images

__all__ = [
    "affine",
    "autocontrast",
    "brightness",
    "contrast",
    "equalize",
    "hue",
    "posterize",
    "saturation",
    "sharpness",
    "solarize",
]

Factors = NDArray[np.floating[Any]]  # (n,)


def brightness(images: Images, factor: Factors) -> Images:
    """Blend with black.

    Example:
        >>> brightness(np.full((1, 1, 1, 1), 100, np.uint8), np.array([1.5])).ravel()
        array([150], dtype=uint8)
    """
    return _blend(np.zeros((1, 1, 1, 1), np.float32), images, factor)


def contrast(images: Images, factor: Factors) -> Images:
    """Blend with the mean of the image's grey.

    Example:
        >>> contrast(np.array([0, 100], np.uint8).reshape(1, 1, 2, 1), np.array([0.0])).ravel()
        array([50, 50], dtype=uint8)
    """
    mean = _grey(images).mean((1, 2, 3), keepdims=True)
    if images.dtype == np.uint8:
        mean = np.floor(mean + 0.5)
    return _blend(mean, images, factor)


def saturation(images: Images, factor: Factors) -> Images:
    """Blend with the image in grey.

    Example:
        >>> saturation(np.array([255, 0, 0], np.uint8).reshape(1, 1, 1, 3), np.array([0.0])).ravel()
        array([76, 76, 76], dtype=uint8)
    """
    return _blend(_grey(images), images, factor)


def sharpness(images: Images, factor: Factors) -> Images:
    """Blend with the image smoothed over 3x3 pixels; the border stays.

    Example:
        >>> sharpness(np.zeros((1, 2, 2, 1), np.uint8), np.array([2.0])).ravel()
        array([0, 0, 0, 0], dtype=uint8)
    """
    smooth = images.astype(np.float32)
    height, width = images.shape[1:3]
    if min(height, width) > 2:
        total = 4 * smooth[:, 1:-1, 1:-1]
        for row in range(3):
            for column in range(3):
                total += smooth[:, row : row + height - 2, column : column + width - 2]
        total /= 13
        inner = np.floor(total + 0.5) if images.dtype == np.uint8 else total
        smooth[:, 1:-1, 1:-1] = inner
    return _blend(smooth, images, factor)


def hue(images: Images, shift: Factors) -> Images:
    """Turn the colour circle by a share of it, from -0.5 to 0.5; grey stays.

    Example:
        >>> red = np.array([1, 0, 0], np.float32).reshape(1, 1, 1, 3)
        >>> hue(red, np.array([1 / 3])).ravel()
        array([0., 1., 0.], dtype=float32)
    """
    if images.shape[3] != 3:
        return images
    unit = np.float32(255 if images.dtype == np.uint8 else 1)
    colour = images / unit
    r, g, b = np.moveaxis(colour, 3, 0)
    value = colour.max(3)
    spread = value - colour.min(3)
    safe = np.where(spread > 0, spread, 1)
    sector = np.where(
        value == r, (g - b) / safe, np.where(value == g, 2 + (b - r) / safe, 4 + (r - g) / safe)
    )
    sector = (sector / 6 + shift[:, None, None].astype(np.float32)) % 1 * 6
    # Each channel is the value less the spread times a trapezium over the circle.
    turned = [
        value - spread * np.minimum(k, 4 - k).clip(0, 1)
        for k in ((start + sector) % 6 for start in (5, 3, 1))
    ]
    result = np.stack(turned, 3) * unit
    return np.rint(result).astype(np.uint8) if images.dtype == np.uint8 else result


def solarize(images: Images, threshold: float) -> Images:
    """Invert the bytes from a threshold on.

    Example:
        >>> solarize(np.array([10, 200], np.uint8).reshape(1, 1, 2, 1), 128).ravel()
        array([10, 55], dtype=uint8)
    """
    return np.where(images >= threshold, 255 - images, images)


def posterize(images: Images, bits: int) -> Images:
    """Keep the highest bits of each byte.

    Example:
        >>> posterize(np.array([[[[255]]]], np.uint8), 4).ravel()
        array([240], dtype=uint8)
    """
    return images & np.uint8(256 - (1 << (8 - bits)))


def autocontrast(images: Images) -> Images:
    """Stretch each channel of each image to the whole range.

    Example:
        >>> autocontrast(np.array([50, 101], np.uint8).reshape(1, 1, 2, 1)).ravel()
        array([  0, 255], dtype=uint8)
    """
    low = images.min((1, 2), keepdims=True).astype(np.float64)
    high = images.max((1, 2), keepdims=True).astype(np.float64)
    scale = 255 / np.maximum(high - low, 1)
    stretched = (images * scale - low * scale).astype(np.int64).clip(0, 255)
    return np.where(high > low, stretched, images).astype(np.uint8)


def equalize(images: Images) -> Images:
    """Spread each channel of each image so that all values are equally common.

    Example:
        >>> equalize(np.array([1, 2, 3, 4], np.uint8).reshape(1, 2, 2, 1)).ravel()
        array([1, 2, 3, 4], dtype=uint8)
    """
    n, height, width, channels = images.shape
    planes = images.transpose(0, 3, 1, 2).reshape(n * channels, -1)
    place = planes + 256 * np.arange(len(planes))[:, None]
    counts = np.bincount(place.ravel(), minlength=256 * len(planes)).reshape(-1, 256)
    last = counts[np.arange(len(planes)), planes.max(1)]
    step = (height * width - last) // 255
    before = counts.cumsum(1) - counts
    table = ((step // 2)[:, None] + before) // np.maximum(step, 1)[:, None]
    table = np.where(step[:, None] > 0, table.clip(0, 255), np.arange(256)).astype(np.uint8)
    result = table.ravel()[place].reshape(n, channels, height, width)
    return np.ascontiguousarray(result.transpose(0, 2, 3, 1))


def affine(images: Images, matrix: tuple[float, ...], fill: float = 0) -> Images:
    r"""Look up each pixel at $(ax + by + c, dx + ey + f)$, the nearest one; beyond it is `fill`.

    Example:
        >>> affine(np.array([1, 2], np.uint8).reshape(1, 1, 2, 1), (1, 0, 1, 0, 1, 0)).ravel()
        array([2, 0], dtype=uint8)
    """
    a, b, c, d, e, f = matrix
    height, width = images.shape[1:3]
    y, x = np.mgrid[:height, :width]
    # Pillow's fixed point: 16 bits behind the dot.
    a_, b_, d_, e_ = (math.floor(v * 65536 + 0.5) for v in (a, b, d, e))
    c_ = math.floor((c + 0.5 * a + 0.5 * b) * 65536 + 0.5)
    f_ = math.floor((f + 0.5 * d + 0.5 * e) * 65536 + 0.5)
    column = (a_ * x + b_ * y + c_) >> 16
    row = (d_ * x + e_ * y + f_) >> 16
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    result = images[:, row.clip(0, height - 1), column.clip(0, width - 1)]
    result[:, ~inside] = fill
    return result


def _grey(images: Images) -> NDArray[np.float32]:
    """(n, height, width, 1): the luma of ITU-R 601."""
    if images.shape[3] != 3:
        return images.astype(np.float32)
    if images.dtype == np.uint8:  # Pillow's integers of 2^-16
        whole = images.astype(np.int32) @ np.array([19595, 38470, 7471], np.int32)
        return ((whole + 0x8000) >> 16).astype(np.float32)[..., None]
    luma: NDArray[np.float32] = images @ np.array([0.299, 0.587, 0.114], np.float32)
    return luma[..., None]


def _blend(other: NDArray[np.float32], images: Images, factor: Factors) -> Images:
    mixed = other + factor.astype(np.float32)[:, None, None, None] * (images - other)
    if images.dtype == np.uint8:
        return mixed.clip(0, 255).astype(np.uint8)  # cut off, as Pillow does
    return mixed.clip(0, 1).astype(np.float32)
