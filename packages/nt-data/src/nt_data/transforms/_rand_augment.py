"""RandAugment: a few operations of a published list, one strength for all."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nt_data._draws import as_draws
from nt_data.transforms import _image_ops as ops
from nt_data.transforms._base import Images, Random, checked_images

__all__ = ["RandAugment"]

OPERATIONS = (
    "Identity", "ShearX", "ShearY", "TranslateX", "TranslateY", "Rotate", "Brightness",
    "Color", "Contrast", "Sharpness", "Posterize", "Solarize", "AutoContrast", "Equalize",
)  # fmt: skip


@dataclass(frozen=True)
class RandAugment:
    """Apply `num_ops` operations, drawn evenly from the published 14, to each image.

    At the largest magnitude: shear by 0.3, translation by 150/331 of the side, rotation by 30°,
    brightness, colour, contrast and sharpness 0.9 away from 1, all of these with a random sign;
    posterising to 4 bits, solarising from 0 on. Auto-contrast, equalising and identity have no
    strength.

    Args:
        num_ops: operations an image, $N$ in the paper.
        magnitude: their strength, $M$, from 0 to 30.
        fill: what comes in where an image moves out, from 0 to 255.

    Raises:
        ValueError: a number out of range, or images that are not bytes.

    Example:
        >>> from nt_tensor import Generator
        >>> images = np.zeros((4, 32, 32, 3), np.uint8)
        >>> RandAugment(num_ops=2, magnitude=9)(images, Generator(0)).shape
        (4, 32, 32, 3)

    Source: Cubuk et al., "RandAugment: Practical automated data augmentation with a reduced search
    space", 2020; magnitudes of torchvision's `RandAugment`, operations of Pillow.
    """

    num_ops: int = 2
    magnitude: int = 9
    fill: int = 0

    def __post_init__(self) -> None:
        count: object = self.num_ops  # whoever calls may not keep to the annotation
        if not (isinstance(count, int | np.integer) and count >= 0):
            raise ValueError(f"num_ops ({count}) must be a whole number, 0 or larger")
        for name, most in (("magnitude", 30), ("fill", 255)):
            if not 0 <= getattr(self, name) <= most:
                raise ValueError(f"{name} ({getattr(self, name)}) must be from 0 to {most}")

    def __call__(self, images: Images, random: Random) -> Images:
        """Give the images, each changed by operations of its own."""
        result = checked_images(images).copy()
        if result.dtype != np.uint8:
            raise ValueError(f"RandAugment works on bytes, got {result.dtype}: normalise after it")
        draws = as_draws(random, len(result))
        for _ in range(self.num_ops):
            kind = draws.integers(0, len(OPERATIONS))
            sign = 2 * draws.integers(0, 2) - 1
            for number, name in enumerate(OPERATIONS):
                chosen = np.flatnonzero(kind == number)
                if len(chosen):
                    result[chosen] = self.apply(name, result[chosen], sign[chosen])
        return result

    def apply(self, name: str, images: Images, sign: NDArray[np.int64]) -> Images:
        """Apply one operation of the list to all images.

        Args:
            name: such as "ShearX".
            images: (n, height, width, channels) bytes.
            sign: (n,) 1 or -1, for operations that have a direction.

        Raises:
            ValueError: an unknown name.

        Example:
            >>> images = np.full((1, 2, 2, 3), 255, np.uint8)
            >>> RandAugment(magnitude=30).apply("Solarize", images, np.array([1])).max()
            np.uint8(0)
        """
        share = self.magnitude / 30
        enhance = {
            "Brightness": ops.brightness, "Color": ops.saturation,
            "Contrast": ops.contrast, "Sharpness": ops.sharpness,
        }  # fmt: skip
        if name in enhance:
            return enhance[name](images, 1 + 0.9 * share * sign)
        if name == "Posterize":
            return ops.posterize(images, 8 - round(4 * share))
        if name == "Solarize":
            return ops.solarize(images, 255 * (1 - share))
        if name == "AutoContrast":
            return ops.autocontrast(images)
        if name == "Equalize":
            return ops.equalize(images)
        if name not in OPERATIONS:
            raise ValueError(f"name must be one of {', '.join(OPERATIONS)}, got {name!r}")
        if name == "Identity":
            return images
        result = np.empty_like(images)
        for direction in (1, -1):
            chosen = np.flatnonzero(sign == direction)
            matrix = _matrix(name, direction * share, images.shape[1:3])
            result[chosen] = ops.affine(images[chosen], matrix, self.fill)
        return result


def _matrix(name: str, share: float, size: tuple[int, ...]) -> tuple[float, ...]:
    height, width = size
    if name == "ShearX":
        return (1, 0.3 * share, 0, 0, 1, 0)
    if name == "ShearY":
        return (1, 0, 0, 0.3 * share, 1, 0)
    if name == "TranslateX":
        return (1, 0, int(150 / 331 * share * width), 0, 1, 0)
    if name == "TranslateY":
        return (1, 0, 0, 0, 1, int(150 / 331 * share * height))
    angle = math.radians(30 * share)
    cos, sin, x, y = math.cos(angle), math.sin(angle), width / 2, height / 2
    return (cos, sin, x - cos * x - sin * y, -sin, cos, y + sin * x - cos * y)
