"""What MNIST and Fashion-MNIST share: four idx files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nt_data._errors import DataError
from nt_data._samples import Images
from nt_data.readers import read_idx
from nt_data.sources._options import Options
from nt_data.sources._source import Source

__all__ = ["VALIDATION", "load_idx_images", "read_idx_images"]

VALIDATION = 5000  # of the published training images, the last


def load_idx_images(
    source: Source, classes: tuple[str, ...], options: Options
) -> dict[str, Images]:
    """Read both parts; the last 5,000 training images are for validation."""
    paths = source.paths(options)
    train, test = (
        read_idx_images(
            paths[f"{part}-images-idx3-ubyte.gz"],
            paths[f"{part}-labels-idx1-ubyte.gz"],
            classes,
            name=source.name,
        )
        for part in ("train", "t10k")
    )
    cut = len(train) - VALIDATION
    return {
        "train": train.take(np.arange(cut)),
        "validation": train.take(np.arange(cut, len(train))),
        "test": test,
    }


def read_idx_images(images: Path, labels: Path, classes: tuple[str, ...], name: str) -> Images:
    """Read a file of grey images and the file of their labels.

    Raises:
        DataError: a file is damaged, or one is not of the other.
    """
    pixels, numbers = read_idx(images), read_idx(labels)
    if pixels.ndim != 3 or pixels.dtype != np.uint8 or numbers.ndim != 1:
        raise DataError(
            f"{images} and {labels} are no grey images with labels: they hold {pixels.dtype} of "
            f"shape {pixels.shape} and {numbers.dtype} of shape {numbers.shape}"
        )
    if len(pixels) != len(numbers):
        raise DataError(f"{images} holds {len(pixels):,} images, {labels} {len(numbers):,} labels")
    return Images(pixels[..., None], numbers.astype(np.int64), classes, name=name)
