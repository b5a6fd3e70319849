"""AdamW on CuPy: one pass over the parameter, its gradient and both moments, in place."""

from __future__ import annotations

from typing import Any

import cupy as cp

from nt_tensor.kernels._optimizers import adamw

_step = cp.ElementwiseKernel(
    "T g, T rate, T fresh1, T beta2, T fresh2, T inverse, T eps, T decay",
    "T p, T m, T v",
    """
    m += (g - m) * fresh1;
    v = v * beta2 + g * g * fresh2;
    p = p * decay - rate * (m / (sqrt(v) * inverse + eps));
    """,
    "nt_adamw",
)


@adamw.on("cupy")
def _adamw(
    p: Any,
    g: Any,
    m: Any,
    v: Any,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    step: int,
) -> tuple[Any, Any, Any]:
    _step(
        g.astype(p.dtype, copy=False),
        lr / (1.0 - beta1**step),
        1.0 - beta1,
        beta2,
        1.0 - beta2,
        1.0 / (1.0 - beta2**step) ** 0.5,
        eps,
        1.0 - lr * weight_decay,
        p,
        m,
        v,
    )
    return p, m, v
