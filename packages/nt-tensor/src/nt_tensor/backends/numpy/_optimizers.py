"""Optimizer steps on NumPy: in place, through blocks whose temporaries stay in the cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nt_tensor.backends.numpy.namespace import xp
from nt_tensor.kernels._optimizers import fused_update
from nt_tensor.memory import BLOCK


@fused_update.on("numpy")
def _fused_update(
    g: np.ndarray,
    rule: Callable[..., Any],
    arrays: Sequence[np.ndarray],
    numbers: Sequence[float],
) -> tuple[np.ndarray, ...]:
    numbers = tuple(map(float, numbers))  # NumPy's own numbers would widen float32
    flat = [a.reshape(-1) for a in (g, *arrays)]  # a view, or a copy of what is strided
    for start in range(0, g.size, BLOCK):
        blocks = [a[start : start + BLOCK] for a in flat]
        wide = [b.astype(np.float32) if b.itemsize < 4 else b for b in blocks]
        found = rule(xp, *wide, *numbers)
        found = found if isinstance(found, tuple) else (found,)
        given = {id(b) for b in wide}  # an argument that comes back elsewhere is saved first
        found = [y.copy() if id(y) in given else y for y in found]
        for block, new in zip(blocks[1:], found, strict=True):
            block[...] = new
    for array, values in zip(arrays, flat[1:], strict=True):
        if not array.flags.c_contiguous:
            array[...] = values.reshape(array.shape)
    return tuple(arrays)
