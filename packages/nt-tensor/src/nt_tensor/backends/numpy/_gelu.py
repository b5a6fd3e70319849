"""GELU on NumPy: cache-sized blocks, and the normal distribution function through one tanh."""

from __future__ import annotations

import math

import numpy as np

from nt_tensor.kernels._gelu import gelu, gelu_tanh
from nt_tensor.memory import BLOCK, scratch

# Phi(x) = (1 + tanh(x P(x^2))) / 2. P is fitted to atanh(erf(x / sqrt 2)) / x in the minimax sense of the error
# in Phi: 3e-8 in exact arithmetic, 7e-8 in float32. tools/fit_gelu.py makes these numbers.
CDF = (
    0.797884941463462,
    0.03633308455810188,
    -3.2594955537062994e-05,
    -5.530620323971706e-05,
    3.964746375022027e-06,
    -1.3226351267702174e-07,
    1.7561760642052616e-09,
)
_DENSITY = 1.0 / math.sqrt(2.0 * math.pi)


@gelu.on("numpy")
def _gelu(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if x.dtype != np.float32:  # the fit is made for float32
        return gelu.reference(x)  # type: ignore[no-any-return]
    y, d = np.empty(x.shape, x.dtype), np.empty(x.shape, x.dtype)
    flat = np.ascontiguousarray(x).reshape(-1)
    for i in range(0, flat.size, BLOCK):
        b = flat[i : i + BLOCK]
        yb, db = y.reshape(-1)[i : i + BLOCK], d.reshape(-1)[i : i + BLOCK]
        s, t = scratch(0, b.shape, b.dtype), scratch(1, b.shape, b.dtype)
        np.multiply(b, b, out=s)
        np.multiply(s, CDF[6], out=t)
        for c in CDF[5:0:-1]:
            t += c
            t *= s
        t += CDF[0]
        t *= b
        np.tanh(t, out=t)
        t += 1.0
        t *= 0.5  # Phi(x)
        np.multiply(b, t, out=yb)
        s *= -0.5
        np.exp(s, out=s)
        s *= _DENSITY
        s *= b
        np.add(s, t, out=db)
    return y, d


@gelu_tanh.on("numpy")
def _gelu_tanh(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    y, d = np.empty(x.shape, x.dtype), np.empty(x.shape, x.dtype)
    flat = np.ascontiguousarray(x).reshape(-1)
    root = math.sqrt(2.0 / math.pi)
    for i in range(0, flat.size, BLOCK):
        b = flat[i : i + BLOCK]
        yb, db = y.reshape(-1)[i : i + BLOCK], d.reshape(-1)[i : i + BLOCK]
        s, t = scratch(0, b.shape, b.dtype), scratch(1, b.shape, b.dtype)
        np.multiply(b, b, out=s)
        s *= 0.044715
        np.add(s, 1.0, out=t)
        t *= b
        t *= root
        np.tanh(t, out=t)
        s *= 3.0 * root
        s += root
        s *= b  # x times the derivative of tanh's argument
        np.multiply(t, t, out=db)
        np.subtract(1.0, db, out=db)
        db *= s
        db += t
        db += 1.0
        db *= 0.5
        t += 1.0
        t *= 0.5
        np.multiply(b, t, out=yb)
    return y, d
