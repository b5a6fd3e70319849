"""Optimizer steps by Numba: a rule compiled into one loop over the parameter and its state."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numba.extending import register_jitable
from numba.np.unsafe.ndarray import to_fixed_tuple as _to_fixed_tuple

from nt_tensor.backends.numba import _scalars as xp
from nt_tensor.backends.numba._math import fast
from nt_tensor.kernels._optimizers import fused_update

# How `fast` compiles, for what is compiled into a loop.
_FAST = {"fastmath": {"contract", "reassoc", "nsz"}, "error_model": "numpy", "nogil": True}
to_fixed_tuple: Any = _to_fixed_tuple
_FLOAT = np.dtype(np.float32)
_loops: dict[Callable[..., Any], tuple[Any, Any, Any]] = {}  # rule -> loop, last numbers


@fused_update.on("numba")
def _fused_update(
    g: np.ndarray,
    rule: Callable[..., Any],
    arrays: Sequence[np.ndarray],
    numbers: Sequence[float],
) -> tuple[np.ndarray, ...]:
    flat = []
    for a in (g, *arrays):
        if a.dtype != _FLOAT or not a.flags.c_contiguous:
            return fused_update.bodies["numpy"](g, rule, arrays, numbers)  # type: ignore[no-any-return]
        flat.append(a if a.ndim == 1 else a.reshape(-1))
    try:
        loop, known, single = _loops[rule]
    except KeyError:
        loop, known, single = _compile(rule, len(arrays), len(numbers)), None, None
    if known != numbers:  # a group's parameters mostly share them
        single = np.array(numbers, _FLOAT)
        _loops[rule] = loop, numbers, single
    loop(single, *flat)
    return tuple(arrays)


def _compile(rule: Callable[..., Any], arrays: int, count: int) -> Any:
    """The loop for a rule. What it holds is its key in Numba's cache: also the rule's own code."""
    code = rule.__code__
    stamp = hashlib.sha256(
        code.co_code + repr((code.co_consts, code.co_names)).encode()
    ).hexdigest()
    rule = register_jitable(**_FAST)(rule)

    def one(numbers: Any, g: Any, a: Any) -> None:
        stamp  # noqa: B018
        c = to_fixed_tuple(numbers, count)
        for i in range(g.size):
            a[i] = rule(xp, g[i], a[i], *c)

    def two(numbers: Any, g: Any, a: Any, b: Any) -> None:
        stamp  # noqa: B018
        c = to_fixed_tuple(numbers, count)
        for i in range(g.size):
            a[i], b[i] = rule(xp, g[i], a[i], b[i], *c)

    def three(numbers: Any, g: Any, a: Any, b: Any, d: Any) -> None:
        stamp  # noqa: B018
        c = to_fixed_tuple(numbers, count)
        for i in range(g.size):
            a[i], b[i], d[i] = rule(xp, g[i], a[i], b[i], d[i], *c)

    def four(numbers: Any, g: Any, a: Any, b: Any, d: Any, e: Any) -> None:
        stamp  # noqa: B018
        c = to_fixed_tuple(numbers, count)
        for i in range(g.size):
            a[i], b[i], d[i], e[i] = rule(xp, g[i], a[i], b[i], d[i], e[i], *c)

    return fast((one, two, three, four)[arrays - 1])
