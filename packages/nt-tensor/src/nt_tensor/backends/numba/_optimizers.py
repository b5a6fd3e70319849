"""AdamW by Numba: one pass over the parameter, its gradient and both moments."""

from __future__ import annotations

import numpy as np

from nt_tensor.backends.numba._math import fast
from nt_tensor.kernels._optimizers import adamw


@adamw.on("numba")
def _adamw(
    p: np.ndarray,
    g: np.ndarray,
    m: np.ndarray,
    v: np.ndarray,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    step: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    arrays = (p, m, v)
    if p.dtype not in (np.float32, np.float64) or not all(
        a.flags.c_contiguous and a.dtype == p.dtype for a in arrays
    ):
        return adamw.bodies["numpy"](p, g, m, v, lr, beta1, beta2, eps, weight_decay, step)  # type: ignore[no-any-return]
    cast = p.dtype.type
    _loop(
        p.reshape(-1),
        np.ascontiguousarray(g, p.dtype).reshape(-1),
        m.reshape(-1),
        v.reshape(-1),
        cast(lr / (1.0 - beta1**step)),
        cast(1.0 - beta1),
        cast(beta2),
        cast(1.0 - beta2),
        cast(1.0 / (1.0 - beta2**step) ** 0.5),
        cast(eps),
        cast(1.0 - lr * weight_decay),
    )
    return p, m, v


@fast
def _loop(
    p: np.ndarray,
    g: np.ndarray,
    m: np.ndarray,
    v: np.ndarray,
    rate: float,
    fresh1: float,
    beta2: float,
    fresh2: float,
    inverse: float,
    eps: float,
    decay: float,
) -> None:
    for i in range(p.size):
        first = m[i] + (g[i] - m[i]) * fresh1
        second = v[i] * beta2 + g[i] * g[i] * fresh2
        m[i], v[i] = first, second
        p[i] = p[i] * decay - rate * (first / (np.sqrt(second) * inverse + eps))
