"""Parameters, gradients and updates, layer by layer."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from nt_autograd import Tensor
from nt_tensor import astype, to_numpy
from numpy.typing import NDArray

__all__ = ["as_numpy", "layer_of", "norms"]

Values = NDArray[np.float32]


def layer_of(name: str) -> str:
    """The layer that a parameter belongs to: its name up to its number, or up to the first dot.

    Example:
        >>> layer_of("text.blocks.3.attention.qkv.weight"), layer_of("token_embedding.weight")
        ('text.blocks.3', 'token_embedding')
        >>> layer_of("stages.0.2.conv1.weight")
        'stages.0.2'
    """
    parts = name.split(".")
    for i, part in enumerate(parts):
        if part.isdigit():
            while i + 1 < len(parts) and parts[i + 1].isdigit():
                i += 1
            return ".".join(parts[: i + 1])
    return parts[0]


def as_numpy(array: Any) -> Values:
    """An array of any device and precision as one of NumPy in float32."""
    found: Values = to_numpy(astype(array, "float32"))
    return found


def norms(named: Iterable[tuple[str, Values]]) -> dict[str, float]:
    r"""The norm of each layer, $\sqrt{\sum_i x_i^2}$ over all of its arrays.

    Example:
        >>> x = np.array([3.0, 4.0], np.float32)
        >>> norms([("blocks.0.up", x), ("blocks.0.down", x * 0), ("head", x)])
        {'blocks.0': 5.0, 'head': 5.0}
    """
    squares: dict[str, float] = defaultdict(float)
    for name, x in named:
        flat = x.reshape(-1)
        squares[layer_of(name)] += float(np.vdot(flat, flat))
    return {layer: math.sqrt(total) if total >= 0 else total for layer, total in squares.items()}


def gradients_of(parameters: Mapping[str, Tensor]) -> Iterable[tuple[str, Values]]:
    """The gradients that are there, by name."""
    for name, p in parameters.items():
        if p.grad is not None:
            yield name, as_numpy(p.grad.data)
