"""One transform after the other, on a batch or on one field of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nt_data.transforms._base import Random, Transform

__all__ = ["Compose", "OnField"]


@dataclass(frozen=True, init=False)
class Compose:
    """Apply transforms in turn.

    Args:
        transforms: each takes a batch and the batch's random numbers.

    Example:
        >>> import numpy as np
        >>> from nt_tensor import Generator
        >>> images = np.zeros((8, 32, 32, 3), np.uint8)
        >>> from nt_data.transforms import Normalize, RandomCrop, RandomHorizontalFlip
        >>> augment = Compose(RandomCrop(32, padding=4), RandomHorizontalFlip(), Normalize(0.5, 1))
        >>> augment(images, Generator(0)).shape
        (8, 32, 32, 3)
    """

    transforms: tuple[Transform, ...]

    def __init__(self, *transforms: Transform) -> None:
        object.__setattr__(self, "transforms", transforms)

    def __call__(self, batch: Any, random: Random) -> Any:
        """Give the batch after the last transform."""
        for transform in self.transforms:
            batch = transform(batch, random)
        return batch


@dataclass(frozen=True)
class OnField:
    """Apply a transform to one field of a batch that is a tuple or a dictionary.

    Args:
        field: the number or the key of the field.
        transform: what is applied to it.

    Raises:
        TypeError: the batch is neither a tuple nor a dictionary.

    Example:
        >>> import numpy as np
        >>> from nt_tensor import Generator
        >>> from nt_data.transforms import CenterCrop
        >>> batch = (np.zeros((2, 4, 4, 1), np.uint8), np.array([3, 1]))
        >>> images, labels = OnField(0, CenterCrop(2))(batch, Generator(0))
        >>> images.shape, labels
        ((2, 2, 2, 1), array([3, 1]))
    """

    field: int | str
    transform: Transform

    def __call__(self, batch: Any, random: Random) -> Any:
        """Give the batch with that field transformed."""
        if isinstance(batch, dict):
            return {**batch, self.field: self.transform(batch[self.field], random)}
        if isinstance(batch, tuple) and isinstance(self.field, int):
            parts = list(batch)
            parts[self.field] = self.transform(parts[self.field], random)
            return tuple(parts)
        raise TypeError(
            f"field {self.field!r} needs a batch that is a tuple or a dictionary, "
            f"got {type(batch).__name__}"
        )
