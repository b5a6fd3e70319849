"""What normalisations over the last axes share: the shape that they are told, and rows of it."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["flat", "rows", "shape_of"]

Shape = tuple[int, ...]


def shape_of(name: str, input: Any, normalized_shape: Any, **parts: Any) -> Shape:
    """The normalized shape, if the input ends in it and weight and bias are of it."""
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if 0 in shape:
        raise ValueError(f"{name}: normalized_shape {shape} holds no elements to normalise")
    if not shape or tuple(input.shape[-len(shape) :]) != shape:
        raise ValueError(f"{name}: input {tuple(input.shape)} must end in normalized_shape {shape}")
    for part, value in parts.items():
        if value is not None and tuple(value.shape) != shape:
            raise ValueError(f"{name}: {part} has shape {tuple(value.shape)}, not {shape}")
    return shape


def rows(x: Any, shape: Shape) -> Any:
    """An array as a matrix with one row for all that is normalised together."""
    if x.ndim == 2 and len(shape) == 1:
        return x
    count = math.prod(x.shape[: x.ndim - len(shape)])  # an empty x does not let `reshape` tell
    return x.reshape((count, math.prod(shape)))


def flat(x: Any) -> Any:
    """A weight or bias as a vector."""
    return x if x is None or x.ndim == 1 else x.reshape((-1,))
