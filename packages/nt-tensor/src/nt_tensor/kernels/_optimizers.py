"""An optimizer's step: a rule for one element, applied to all of a parameter's in a single pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nt_tensor.backend import Array, namespace
from nt_tensor.dtype import dtype_of
from nt_tensor.kernel import kernel

__all__ = ["fused_update"]


@kernel
def fused_update(
    g: Array, rule: Callable[..., Any], arrays: Sequence[Array], numbers: Sequence[float]
) -> tuple[Array, ...]:
    """New values of `arrays`: what `rule(xp, g, *arrays, *numbers)` returns for them.

    A rule is written for arrays and for single numbers alike, in arithmetic and in `sqrt`, `abs`,
    `sign`, `minimum`, `maximum` and `where` of `xp`. It branches by its numbers alone, changes none
    of its arguments and reads nothing but them. So one text is array code here, goes through
    cache-sized blocks on NumPy, and is compiled into one loop by Numba.

    Half precision is computed in float32. On NumPy the arrays are written; here they are new.
    """
    xp = namespace(g)
    wide = [xp.astype(a, xp.float32) if dtype_of(a).itemsize < 4 else a for a in (g, *arrays)]
    found = rule(xp, *wide, *map(float, numbers))  # NumPy's own numbers would widen float32
    found = found if isinstance(found, tuple) else (found,)
    return tuple(
        [
            y if y.dtype == a.dtype else xp.astype(y, a.dtype)
            for y, a in zip(found, arrays, strict=True)
        ]
    )
