"""Optimizer steps on NumPy: in place, in cache-sized blocks."""

from __future__ import annotations

import numpy as np

from nt_tensor.kernels._optimizers import adamw, sgd
from nt_tensor.memory import BLOCK, scratch


@adamw.on("numpy")
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
    if not (p.flags.c_contiguous and m.flags.c_contiguous and v.flags.c_contiguous):
        p[...], m[...], v[...] = adamw.reference(
            p, g, m, v, lr, beta1, beta2, eps, weight_decay, step
        )
        return p, m, v
    rate = lr / (1.0 - beta1**step)
    inverse = 1.0 / (1.0 - beta2**step) ** 0.5
    decay = 1.0 - lr * weight_decay
    flat = [a.reshape(-1) for a in (p, np.ascontiguousarray(g), m, v)]
    for i in range(0, p.size, BLOCK):
        pb, gb, mb, vb = (a[i : i + BLOCK] for a in flat)
        t = np.subtract(gb, mb, out=scratch(0, gb.shape, p.dtype))
        t *= 1.0 - beta1
        mb += t
        np.multiply(gb, gb, out=t)
        t *= 1.0 - beta2
        vb *= beta2
        vb += t
        np.sqrt(vb, out=t)
        t *= inverse
        t += eps
        np.divide(mb, t, out=t)
        t *= rate
        if decay != 1.0:
            pb *= decay
        pb -= t
    return p, m, v


@sgd.on("numpy")
def _sgd(
    p: np.ndarray,
    g: np.ndarray,
    buffer: np.ndarray | None,
    lr: float,
    momentum: float,
    dampening: float,
    nesterov: bool,
    weight_decay: float,
) -> tuple[np.ndarray, np.ndarray | None]:
    if weight_decay:
        g = g + weight_decay * p
    if momentum:
        if buffer is None:
            buffer = np.array(g, copy=True)
        else:
            buffer *= momentum
            buffer += (1.0 - dampening) * g
        g = g + momentum * buffer if nesterov else buffer
    p -= lr * g
    return p, buffer
