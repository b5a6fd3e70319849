"""What a source gives: samples in columns, each column as long as the others."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nt_data._dataset import checked_indices
from nt_data._errors import DataError

__all__ = ["ImageTexts", "Images", "LabelledTexts", "Samples", "TextPairs"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Samples:
    """Columns of equal length, with the name of their source and of their split."""

    name: str = ""  # of the source
    split: str = ""
    note: str = ""  # how the split was made, and what was left out

    _columns: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        lengths = {column: len(getattr(self, column)) for column in self._columns}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{n:,} {column}" for column, n in lengths.items())
            raise DataError(f"{self.name or type(self).__name__} does not fit together: {told}")

    def __len__(self) -> int:
        return len(getattr(self, self._columns[0]))

    def take(self, indices: ArrayLike) -> Self:
        """Give the samples at `indices`, in that order.

        Raises:
            IndexError: an index is not below the length and at least 0.

        Example:
            >>> three = LabelledTexts(["a", "b", "c"], np.array([0, 1, 1]), ("no", "yes"))
            >>> three.take([2, 0]).texts
            ['c', 'a']
        """
        chosen = checked_indices(indices, len(self))
        return replace(
            self, **{column: _taken(getattr(self, column), chosen) for column in self._columns}
        )

    def joined(self, other: Self) -> Self:
        """Give these samples and then the other's, such as a training and a validation split.

        Example:
            >>> one = LabelledTexts(["a"], np.array([0]), ("no", "yes"), split="train")
            >>> one.joined(LabelledTexts(["b"], np.array([1]), ("no", "yes"), split="test")).split
            'train+test'
        """
        columns = {c: _joined(getattr(self, c), getattr(other, c)) for c in self._columns}
        return replace(self, split=f"{self.split}+{other.split}", **columns)

    def identities(self) -> Sequence[Hashable]:
        """What makes two samples the same one."""
        raise NotImplementedError

    def kin(self) -> Sequence[Hashable]:
        """What two samples share that must not stand in two splits; by default, all of it."""
        return self.identities()


@dataclass(frozen=True, eq=False)
class Images(Samples):
    """Images of one size, each with its class.

    Args:
        images: (samples, height, width, channels) uint8.
        labels: (samples,) int64, an index into `classes`.
        classes: the names of the classes.

    Raises:
        DataError: shapes, types, lengths or labels do not fit together.

    Example:
        >>> two = Images(np.zeros((2, 8, 8, 1), np.uint8), np.array([0, 1]), ("cat", "dog"))
        >>> len(two), two.classes[two.labels[1]]
        (2, 'dog')
    """

    images: NDArray[np.uint8] = field(repr=False)  # (samples, height, width, channels)
    labels: NDArray[np.int64] = field(repr=False)  # (samples,)
    classes: tuple[str, ...]

    _columns: ClassVar[tuple[str, ...]] = ("images", "labels")

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_images(self.images, self.name)
        _check_labels(self.labels, self.classes, self.name)

    def identities(self) -> Sequence[Hashable]:
        """The images, each as its bytes."""
        return [image.tobytes() for image in self.images]


@dataclass(frozen=True, eq=False)
class LabelledTexts(Samples):
    """Texts, each with its class.

    Args:
        texts: the texts.
        labels: (samples,) int64, an index into `classes`.
        classes: the names of the classes.

    Raises:
        DataError: lengths or labels do not fit together.

    Example:
        >>> LabelledTexts(["dull"], np.array([2]), ("negative", "positive"))
        Traceback (most recent call last):
            ...
        nt_data...DataError: LabelledTexts: label 2 of sample 0 is none of the 2 classes
    """

    texts: list[str] = field(repr=False)
    labels: NDArray[np.int64] = field(repr=False)  # (samples,)
    classes: tuple[str, ...]

    _columns: ClassVar[tuple[str, ...]] = ("texts", "labels")

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_labels(self.labels, self.classes, self.name or "LabelledTexts")

    def identities(self) -> Sequence[Hashable]:
        """The texts."""
        return self.texts


@dataclass(frozen=True, eq=False)
class TextPairs(Samples):
    """Sentences and their translations.

    Args:
        sources: what is translated.
        targets: the translations.
        groups: what no two splits share: the sentence in the language that the split goes by.

    Raises:
        DataError: the lengths differ.

    Example:
        >>> pairs = TextPairs(["Go."], ["Va !"], ["Go."])
        >>> pairs.sources[0], pairs.targets[0]
        ('Go.', 'Va !')
    """

    sources: list[str] = field(repr=False)
    targets: list[str] = field(repr=False)
    groups: list[str] = field(repr=False)

    _columns: ClassVar[tuple[str, ...]] = ("sources", "targets", "groups")

    def identities(self) -> Sequence[Hashable]:
        """The pairs."""
        return list(zip(self.sources, self.targets, strict=True))

    def kin(self) -> Sequence[Hashable]:
        """The groups."""
        return self.groups


@dataclass(frozen=True, eq=False)
class ImageTexts(Samples):
    """Images of one size, each with its name.

    Args:
        images: (samples, height, width, channels) uint8.
        texts: the names.
        characters: the character, or the characters, that the image shows.
        groups: the Unicode block of a glyph, the base of an emoji.
        keywords: further words for each image, possibly none.

    Raises:
        DataError: shapes, types or lengths do not fit together.

    Example:
        >>> image = np.zeros((1, 8, 8, 1), np.uint8)
        >>> ImageTexts(image, ["full stop"], ["."], ["Basic Latin"], [()]).texts
        ['full stop']
    """

    images: NDArray[np.uint8] = field(repr=False)  # (samples, height, width, channels)
    texts: list[str] = field(repr=False)
    characters: list[str] = field(repr=False)
    groups: list[str] = field(repr=False)
    keywords: list[tuple[str, ...]] = field(repr=False)

    _columns: ClassVar[tuple[str, ...]] = ("images", "texts", "characters", "groups", "keywords")

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_images(self.images, self.name)

    def first_of_groups(self) -> Self:
        """Give the first sample of each group: of emoji, those without skin tones.

        Example:
            >>> images = np.zeros((3, 8, 8, 1), np.uint8)
            >>> three = ImageTexts(images, ["a", "b", "c"], [*"abc"], ["x", "x", "y"], [()] * 3)
            >>> three.first_of_groups().texts
            ['a', 'c']
        """
        first = {group: i for i, group in reversed(list(enumerate(self.groups)))}
        return self.take(sorted(first.values()))

    def identities(self) -> Sequence[Hashable]:
        """The images, each as its bytes."""
        return [image.tobytes() for image in self.images]


def _taken(column: Any, indices: NDArray[np.int64]) -> Any:
    return column[indices] if isinstance(column, np.ndarray) else [column[i] for i in indices]


def _joined(one: Any, other: Any) -> Any:
    return np.concatenate([one, other]) if isinstance(one, np.ndarray) else [*one, *other]


def _check_images(images: NDArray[Any], name: str) -> None:
    if images.ndim != 4 or images.dtype != np.uint8:
        raise DataError(
            f"{name or 'images'} must be uint8 of shape (samples, height, width, channels), "
            f"got {images.dtype} of shape {images.shape}"
        )


def _check_labels(labels: NDArray[Any], classes: tuple[str, ...], name: str) -> None:
    if labels.ndim != 1 or labels.dtype != np.int64:
        raise DataError(
            f"{name or 'labels'}: labels must be int64 of shape (samples,), "
            f"got {labels.dtype} of shape {labels.shape}"
        )
    if (outside := np.flatnonzero((labels < 0) | (labels >= len(classes)))).size:
        raise DataError(
            f"{name or 'labels'}: label {labels[outside[0]]} of sample {outside[0]} is none of "
            f"the {len(classes)} classes"
        )
