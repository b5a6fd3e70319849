"""Loops over vectors of float32 as bodies of kernels that work element by element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nt_tensor.backends.numpy._pointwise import vectors
from nt_tensor.kernel import Kernel

__all__ = ["compiled"]


def compiled(kernel: Kernel, loop: Callable[..., None], results: int = 1) -> None:
    """Register a loop: it gets vectors, then numbers, then the vectors that it writes.

    Other dtypes than float32 go to the body for NumPy.
    """

    @kernel.on("numba")
    def _(*arguments: Any) -> Any:
        arrays = [a for a in arguments if isinstance(a, np.ndarray)]
        if any(a.dtype != np.float32 for a in arrays):
            return kernel.bodies["numpy"](*arguments)
        flat, back = vectors(arrays)
        made = [np.empty(arrays[0].size, np.float32) for _ in range(results)]
        loop(*flat, *map(np.float32, arguments[len(arrays) :]), *made)
        return back(made[0]) if results == 1 else tuple(map(back, made))
