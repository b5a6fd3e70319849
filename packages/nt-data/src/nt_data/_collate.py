"""From a list of samples to one batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["collate"]


def collate(samples: Sequence[Any]) -> Any:
    """Stack samples of equal structure along a new first axis.

    Arrays and numbers become one array `(batch, ...)`, tuples and lists a tuple of batches,
    dictionaries a dictionary of batches; strings and bytes stay a list. Arrays keep their dtype;
    Python's bools, ints and floats become bool, int64 and float32.

    Raises:
        ValueError: arrays of different shapes, tuples of different lengths, different keys.
        TypeError: samples of different types, or of a type that cannot be stacked.

    Example:
        >>> collate([(np.array([1.0, 2.0]), 0), (np.array([3.0, 4.0]), 1)])
        (array([[1., 2.], [3., 4.]]), array([0, 1]))
        >>> collate([{"name": "a", "weight": 0.5}, {"name": "b", "weight": 2.0}])
        {'name': ['a', 'b'], 'weight': array([0.5, 2. ], dtype=float32)}
    """
    if not samples:
        raise ValueError("a batch needs at least one sample")
    first = samples[0]
    if any(type(sample) is not type(first) for sample in samples):
        kinds = sorted({type(sample).__name__ for sample in samples})
        raise TypeError(f"samples of one batch must share a type, got {', '.join(kinds)}")
    if isinstance(first, np.ndarray | np.generic):
        shapes = {sample.shape for sample in samples}
        if len(shapes) > 1:
            raise ValueError(
                f"arrays of one batch must share a shape, got {sorted(shapes)}; "
                "pad them or give the loader a collate function"
            )
        return np.stack(samples)
    if isinstance(first, bool):
        return np.array(samples, np.bool_)
    if isinstance(first, int):
        return np.array(samples, np.int64)
    if isinstance(first, float):
        return np.array(samples, np.float32)
    if isinstance(first, str | bytes):
        return list(samples)
    if isinstance(first, tuple | list):
        lengths = {len(sample) for sample in samples}
        if len(lengths) > 1:
            raise ValueError(f"samples of one batch must share a length, got {sorted(lengths)}")
        return tuple(collate(column) for column in zip(*samples, strict=True))
    if isinstance(first, dict):
        if any(sample.keys() != first.keys() for sample in samples):
            raise ValueError("samples of one batch must share their keys")
        return {key: collate([sample[key] for sample in samples]) for key in first}
    raise TypeError(
        f"cannot stack samples of type {type(first).__name__}: "
        "return arrays, numbers, strings, tuples or dictionaries, or give a collate function"
    )
