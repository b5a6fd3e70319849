"""One step of an optimizer on one parameter. Libraries that can write in place do."""

from __future__ import annotations

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel

__all__ = ["adamw", "sgd"]


@kernel
def adamw(
    p: Array,
    g: Array,
    m: Array,
    v: Array,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    step: int,
) -> tuple[Array, Array, Array]:
    """AdamW's step number `step` (from 1). Gives (p, m, v)."""
    xp = namespace(p)
    m = beta1 * m + (1.0 - beta1) * g
    v = beta2 * v + (1.0 - beta2) * (g * g)
    root = xp.sqrt(v) / (1.0 - beta2**step) ** 0.5 + eps
    p = p * (1.0 - lr * weight_decay) - (lr / (1.0 - beta1**step)) * (m / root)
    return p, m, v


@kernel
def sgd(
    p: Array,
    g: Array,
    buffer: Array | None,
    lr: float,
    momentum: float,
    dampening: float,
    nesterov: bool,
    weight_decay: float,
) -> tuple[Array, Array | None]:
    """A step of gradient descent with momentum. Gives (p, buffer)."""
    if weight_decay:
        g = g + weight_decay * p
    if momentum:
        buffer = g if buffer is None else momentum * buffer + (1.0 - dampening) * g
        g = g + momentum * buffer if nesterov else buffer
    return p - lr * g, buffer
