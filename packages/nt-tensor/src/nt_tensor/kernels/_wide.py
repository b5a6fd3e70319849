"""Half precision: what squares or adds up numbers does so in float32, where nothing overflows."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from nt_tensor.backend import is_array, namespace
from nt_tensor.dtype import bfloat16, dtype_of, float16

__all__ = ["widened"]

_HALF = (float16, bfloat16)


def widened(*back: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Run a body in float32 where its first array is float16 or bfloat16.

    float16 ends at 65504: the square of 256 overflows, and so does a sum over a large vocabulary.

    Args:
        *back: the numbers of the results that come back in the first array's dtype; all if none
            are named. The others are for a backward kernel and stay float32.

    Example:
        >>> import numpy as np
        >>> @widened()
        ... def length(x):
        ...     return (x * x).sum() ** 0.5
        >>> float(length(np.asarray([3000.0, 4000.0], np.float16)))
        5000.0
    """

    def wrap(body: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(body)
        def wide(x: Any, *rest: Any, **named: Any) -> Any:
            if dtype_of(x) not in _HALF:
                return body(x, *rest, **named)
            xp, dtype = namespace(x), x.dtype
            arrays = [xp.astype(a, xp.float32) if _is_half(a) else a for a in (x, *rest)]
            found = body(*arrays, **named)
            if not isinstance(found, tuple):
                return xp.astype(found, dtype)
            return tuple(
                [
                    y if y is None or (back and i not in back) else xp.astype(y, dtype)
                    for i, y in enumerate(found)
                ]
            )

        return wide

    return wrap


def _is_half(value: Any) -> bool:
    return is_array(value) and dtype_of(value) in _HALF
