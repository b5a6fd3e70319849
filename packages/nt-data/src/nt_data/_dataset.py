"""What a loader can load: anything with a length and items."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["ArrayDataset", "BatchDataset", "Dataset", "checked_indices"]

Sample_co = TypeVar("Sample_co", covariant=True)


@runtime_checkable
class Dataset(Protocol[Sample_co]):
    """A finite number of samples, each found by its index: a list is one already.

    A class need not derive from this; `__len__` and `__getitem__` are enough.

    Example:
        >>> class Squares:
        ...     def __len__(self) -> int:
        ...         return 5
        ...
        ...     def __getitem__(self, index: int) -> int:
        ...         return index**2
        >>> isinstance(Squares(), Dataset)
        True
    """

    def __len__(self) -> int:
        """How many samples there are."""

    def __getitem__(self, index: int, /) -> Sample_co:
        """Give the sample at `index`, from 0 on."""


@runtime_checkable
class BatchDataset(Protocol):
    """A data set that gathers a whole batch at once, faster than a sample at a time.

    Example:
        >>> isinstance(ArrayDataset(np.zeros((4, 2))), BatchDataset), isinstance([1], BatchDataset)
        (True, False)
    """

    def get_batch(self, indices: NDArray[np.int64], /) -> Any:
        """Give the batch of the samples at `indices`, (batch,), already collated."""


class ArrayDataset:
    """Samples along the first axis of one or several arrays.

    Args:
        arrays: arrays of equal length, each (samples, ...); memory maps are read batch by batch.

    Raises:
        ValueError: no arrays, an array without dimensions, or different lengths.

    Example:
        >>> data = ArrayDataset(np.arange(6.0).reshape(3, 2), np.array([0, 1, 0]))
        >>> len(data), data[1]
        (3, (array([2., 3.]), np.int64(1)))
        >>> data.get_batch(np.array([2, 0]))
        (array([[4., 5.], [0., 1.]]), array([0, 0]))
    """

    arrays: tuple[NDArray[Any], ...]  # each (samples, ...)

    def __init__(self, *arrays: ArrayLike) -> None:
        if not arrays:
            raise ValueError("ArrayDataset needs at least one array")
        self.arrays = tuple(np.asanyarray(array) for array in arrays)
        shapes = [array.shape for array in self.arrays]
        if any(not shape for shape in shapes) or len({shape[0] for shape in shapes}) > 1:
            raise ValueError(f"arrays must share the length of their first axis, got {shapes}")

    def __len__(self) -> int:
        return len(self.arrays[0])

    def __getitem__(self, index: int) -> Any:
        return self._shaped([array[index] for array in self.arrays])

    def get_batch(self, indices: NDArray[np.int64]) -> Any:
        """Gather the rows at `indices`, (batch,): an array, or a tuple where there are several.

        Raises:
            IndexError: an index is not below the length and at least 0.

        Example:
            >>> ArrayDataset([10, 20, 30]).get_batch(np.array([2, 2]))
            array([30, 30])
        """
        indices = checked_indices(indices, len(self))
        return self._shaped([np.asarray(array[indices]) for array in self.arrays])

    def _shaped(self, parts: list[Any]) -> Any:
        return parts[0] if len(parts) == 1 else tuple(parts)


def checked_indices(indices: ArrayLike, length: int) -> NDArray[np.int64]:
    """Refuse indices that would silently count from the end, or that lie beyond it.

    Example:
        >>> checked_indices([0, 3], 3)
        Traceback (most recent call last):
            ...
        IndexError: index 3 is outside a data set of 3 samples
    """
    array = np.asarray(indices, np.int64)
    outside = (array < 0) | (array >= length)
    if outside.any():
        raise IndexError(f"index {array[outside][0]} is outside a data set of {length} samples")
    return array
