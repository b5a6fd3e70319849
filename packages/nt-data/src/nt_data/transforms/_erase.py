"""Hide a rectangle of an image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nt_data._draws import as_draws
from nt_data.transforms._base import Images, Random, bounds, checked_images, probability

__all__ = ["RandomErasing"]


@dataclass(frozen=True)
class RandomErasing:
    """Overwrite a rectangle of random size, shape and place with probability `p`.

    Args:
        p: from 0 to 1.
        scale: smallest and largest share of the area.
        ratio: smallest and largest height over width.
        value: what the rectangle then holds, or "random": noise, even for bytes and normal for
            floats, one number a pixel and channel.

    Raises:
        ValueError: `p` is no probability, bounds are out of order, or a number is not finite.

    Example:
        >>> from nt_tensor import Generator
        >>> images = np.ones((1, 8, 8, 1), np.float32)
        >>> erase = RandomErasing(p=1.0, scale=(0.25, 0.25), ratio=(1.0, 1.0))
        >>> int((erase(images, Generator(0)) == 0).sum())
        16

    Source: Zhong et al., "Random Erasing Data Augmentation", AAAI 2020, algorithm 1.
    """

    p: float = 0.5
    scale: tuple[float, float] = (0.02, 0.33)
    ratio: tuple[float, float] = (0.3, 3.3)
    value: float | str = 0

    def __post_init__(self) -> None:
        probability("p", self.p)
        bounds("scale", self.scale)
        bounds("ratio", self.ratio)
        named = isinstance(self.value, str)
        if not (self.value == "random" if named else np.isfinite(self.value).all()):
            raise ValueError(f"value must be a finite number or 'random', got {self.value!r}")

    def __call__(self, images: Images, random: Random) -> Images:
        """Give the images, some with a rectangle overwritten."""
        images = checked_images(images)
        n, height, width, _ = images.shape
        draws, tries = as_draws(random, n), (10,)
        low, high = self.scale
        area = height * width * (low + (high - low) * draws.uniform(tries))
        low, high = np.log(self.ratio)
        shape = np.exp(low + (high - low) * draws.uniform(tries))
        rows, columns = np.rint(np.sqrt(area * shape)), np.rint(np.sqrt(area / shape))
        fits = (rows >= 1) & (columns >= 1) & (rows < height) & (columns < width)
        chosen = (draws.uniform() < self.p) & fits.any(1)
        first = fits.argmax(1)[:, None]  # the first try that fits
        h = np.take_along_axis(rows, first, 1)[:, 0]
        w = np.take_along_axis(columns, first, 1)[:, 0]
        top = np.floor(draws.uniform() * (height - h + 1))
        left = np.floor(draws.uniform() * (width - w + 1))
        noise = draws.take(chosen)
        result = images.copy()
        for k, i in enumerate(np.flatnonzero(chosen).tolist()):
            box = result[i, int(top[i]) : int(top[i] + h[i]), int(left[i]) : int(left[i] + w[i])]
            if self.value != "random":
                box[...] = self.value
                continue
            stream = np.random.Generator(np.random.SFC64(int(noise.keys[k])))
            box[...] = (
                stream.integers(0, 256, box.shape, np.uint8)
                if images.dtype == np.uint8
                else stream.standard_normal(box.shape, np.float32)
            )
        return result
