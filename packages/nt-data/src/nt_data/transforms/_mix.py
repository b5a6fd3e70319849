"""Two images in one, and the label that follows from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nt_data._draws import as_draws
from nt_data.transforms._base import Images, Random, checked_images

__all__ = ["CutMix", "MixUp"]

Mixed = tuple[NDArray[Any], NDArray[np.float32]]  # images, (n, classes)


@dataclass(frozen=True)
class MixUp:
    r"""Mix each image with the one before it in the batch: $\lambda x_i + (1 - \lambda) x_{i-1}$.

    $\lambda \sim \mathrm{Beta}(\alpha, \alpha)$, one for each image; labels are mixed alike.

    Args:
        classes: how many there are.
        alpha: positive; 0.2 leaves most images nearly as they were, 1 mixes evenly.

    Raises:
        ValueError: a number out of range, or labels that are neither classes nor distributions.

    Example:
        >>> from nt_tensor import Generator
        >>> images, labels = np.zeros((4, 8, 8, 1), np.uint8), np.array([0, 1, 2, 2])
        >>> mixed, soft = MixUp(classes=3)((images, labels), Generator(0))
        >>> mixed.dtype, soft.shape, soft.sum(1)
        (dtype('float32'), (4, 3), array([1., 1., 1., 1.], dtype=float32))

    Source: Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018.
    """

    classes: int
    alpha: float = 0.2

    def __post_init__(self) -> None:
        _checked(self.classes, self.alpha)

    def __call__(self, batch: tuple[Images, NDArray[Any]], random: Random) -> Mixed:
        """Give mixed images, float32 (bytes become 0 to 1), and (n, classes) labels."""
        images, labels = batch
        images = checked_images(images)
        soft = _soft(labels, self.classes, len(images))
        stream = _stream(random, len(images))
        share = stream.beta(self.alpha, self.alpha, len(images)).astype(np.float32)
        wide = share[:, None, None, None]
        unit = np.float32(255 if images.dtype == np.uint8 else 1)
        mixed = images * (wide / unit) + np.roll(images, 1, 0) * ((1 - wide) / unit)
        return mixed, share[:, None] * soft + (1 - share[:, None]) * np.roll(soft, 1, 0)


@dataclass(frozen=True)
class CutMix:
    r"""Paste a box of the image before it in the batch into each image.

    The box has the share $1 - \lambda$ of the area, $\lambda \sim \mathrm{Beta}(\alpha, \alpha)$,
    before it is cut at the border; labels are mixed by the area that is left.

    Args:
        classes: how many there are.
        alpha: positive; 1 draws all shares evenly.

    Raises:
        ValueError: a number out of range, or labels that are neither classes nor distributions.

    Example:
        >>> from nt_tensor import Generator
        >>> images, labels = np.zeros((4, 8, 8, 1), np.uint8), np.array([0, 1, 2, 2])
        >>> mixed, soft = CutMix(classes=3)((images, labels), Generator(0))
        >>> mixed.dtype, soft.sum(1)
        (dtype('uint8'), array([1., 1., 1., 1.], dtype=float32))

    Source: Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers", ICCV 2019.
    """

    classes: int
    alpha: float = 1.0

    def __post_init__(self) -> None:
        _checked(self.classes, self.alpha)

    def __call__(self, batch: tuple[Images, NDArray[Any]], random: Random) -> Mixed:
        """Give images with a pasted box, of their dtype, and (n, classes) labels."""
        images, labels = batch
        images = checked_images(images)
        n, height, width, _ = images.shape
        soft = _soft(labels, self.classes, n)
        stream = _stream(random, n)
        side = np.sqrt(1 - stream.beta(self.alpha, self.alpha, n))
        rows = _inside(height, stream.integers(0, height, (n,)), side)
        columns = _inside(width, stream.integers(0, width, (n,)), side)
        box = rows[:, :, None] & columns[:, None, :]  # (n, height, width)
        mixed = np.where(box[..., None], np.roll(images, 1, 0), images)
        pasted = box.mean((1, 2), dtype=np.float32)[:, None]
        return mixed, (1 - pasted) * soft + pasted * np.roll(soft, 1, 0)


def _checked(classes: int, alpha: float) -> None:
    if classes < 1:
        raise ValueError(f"classes ({classes}) must be at least 1")
    if not 0 < alpha < math.inf:
        raise ValueError(f"alpha ({alpha}) must be positive and finite")


def _stream(random: Random, samples: int) -> np.random.Generator:
    # A mixed image belongs to two samples: what is drawn follows from all keys of the batch.
    keys = as_draws(random, samples).take(np.ones(samples, np.bool_)).keys
    return np.random.Generator(np.random.SFC64(int(np.bitwise_xor.reduce(keys))))


def _soft(labels: NDArray[Any], classes: int, samples: int) -> NDArray[np.float32]:
    labels = np.asarray(labels)
    if labels.shape == (samples, classes) and labels.dtype.kind == "f":
        return labels.astype(np.float32)
    if labels.shape != (samples,) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"labels must be {samples} integers or ({samples}, {classes}) floats, "
            f"got shape {labels.shape} and dtype {labels.dtype}"
        )
    if samples and (labels.min() < 0 or labels.max() >= classes):
        raise ValueError(
            f"labels are from {labels.min()} to {labels.max()}; there are {classes} classes"
        )
    one_hot: NDArray[np.float32] = np.eye(classes, dtype=np.float32)[labels]
    return one_hot


def _inside(length: int, center: NDArray[np.int64], side: NDArray[np.float64]) -> NDArray[np.bool_]:
    half = (side * length).astype(np.int64) // 2
    place = np.arange(length)
    inside = (place >= (center - half)[:, None]) & (place < (center + half)[:, None])
    return np.asarray(inside, np.bool_)
