"""What a transform is, and what every transform of images asks of its batch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from numbers import Integral
from typing import Any

import numpy as np
from nt_tensor import Generator
from numpy.typing import NDArray

from nt_data._draws import Draws

__all__ = ["Images", "Random", "Transform", "bounds", "checked_images", "pair", "probability"]

Images = NDArray[Any]  # (n, height, width, channels), uint8 0..255 or float32 0..1
Random = Draws | Generator
Transform = Callable[[Any, Random], Any]  # a batch to a batch


def checked_images(images: Any) -> Images:
    """Refuse what is no batch of images.

    Example:
        >>> checked_images(np.zeros((32, 32, 3), np.uint8))
        Traceback (most recent call last):
            ...
        ValueError: images must be (n, height, width, channels), uint8 or float32, got shape ...
    """
    array = np.asarray(images)
    if array.ndim != 4 or array.dtype not in (np.uint8, np.float32) or 0 in array.shape[1:]:
        raise ValueError(
            "images must be (n, height, width, channels), uint8 or float32, "
            f"got shape {array.shape} and dtype {array.dtype}"
        )
    return array


def pair(name: str, value: int | tuple[int, int], *, least: int = 1) -> tuple[int, int]:
    """Give height and width of a number or of two.

    Example:
        >>> pair("size", 4), pair("size", (2, 3))
        ((4, 4), (2, 3))
    """
    both = tuple(value) if isinstance(value, Iterable) else (value, value)
    whole = all(isinstance(each, Integral) for each in both)
    if len(both) != 2 or not whole or min(both) < least:
        raise ValueError(f"{name} must be a whole number or two, at least {least}, got {value!r}")
    return both[0], both[1]


def bounds(name: str, value: tuple[float, float]) -> None:
    """Refuse what is no positive smallest and largest value.

    Example:
        >>> bounds("scale", (0.5, 0.1))
        Traceback (most recent call last):
            ...
        ValueError: scale (0.5, 0.1) must be positive, finite and in order
    """
    low, high = value
    if not 0 < low <= high < math.inf:
        raise ValueError(f"{name} ({low}, {high}) must be positive, finite and in order")


def probability(name: str, value: float) -> None:
    """Refuse what is no probability.

    Example:
        >>> probability("p", 1.5)
        Traceback (most recent call last):
            ...
        ValueError: p (1.5) must be from 0 to 1
    """
    if not 0 <= value <= 1:
        raise ValueError(f"{name} ({value}) must be from 0 to 1")
