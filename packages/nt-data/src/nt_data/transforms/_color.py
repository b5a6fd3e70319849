"""Other light: brightness, contrast, saturation and hue by chance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from nt_data._draws import as_draws
from nt_data.transforms import _image_ops as ops
from nt_data.transforms._base import Images, Random, checked_images

__all__ = ["ColorJitter"]


@dataclass(frozen=True)
class ColorJitter:
    """Change brightness, contrast, saturation and hue of each image by chance, in random order.

    The first three are factors drawn evenly from `1 - x` to `1 + x`, not below 0; hue is turned by
    a share from `-hue` to `hue` of the colour circle. Images that are not of three channels have no
    saturation and no hue, and keep theirs.

    Args:
        brightness: 0 or larger.
        contrast: 0 or larger.
        saturation: 0 or larger.
        hue: from 0 to 0.5.

    Raises:
        ValueError: a number out of range.

    Example:
        >>> from nt_tensor import Generator
        >>> images = np.full((2, 4, 4, 3), 100, np.uint8)
        >>> ColorJitter(brightness=0.4, hue=0.1)(images, Generator(0)).shape
        (2, 4, 4, 3)

    Source: Howard, "Some Improvements on Deep CNN Based Image Classification", 2013; torchvision's
    `ColorJitter`, with Pillow's arithmetic for bytes.
    """

    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0

    def __post_init__(self) -> None:
        for name in ("brightness", "contrast", "saturation"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} ({getattr(self, name)}) must be 0 or larger, and finite")
        if not 0 <= self.hue <= 0.5:
            raise ValueError(f"hue ({self.hue}) must be from 0 to 0.5")

    def __call__(self, images: Images, random: Random) -> Images:
        """Give the images in other light."""
        result = checked_images(images).copy()
        draws = as_draws(random, len(result))
        order = draws.uniform((4,)).argsort(1)  # (n, 4), which change comes when
        share = 2 * draws.uniform((4,)) - 1
        reach = (self.brightness, self.contrast, self.saturation, self.hue)
        changes = (ops.brightness, ops.contrast, ops.saturation, ops.hue)
        for step in range(4):
            for kind, change in enumerate(changes):
                chosen = np.flatnonzero(order[:, step] == kind)
                if not reach[kind] or not len(chosen):
                    continue
                amount = share[chosen, kind] * reach[kind]
                factor = amount if change is ops.hue else np.maximum(1 + amount, 0.0)
                result[chosen] = change(result[chosen], factor)
        return result
