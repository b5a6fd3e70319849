"""GELU, exact and by tanh, with its derivative kept from the forward pass."""

from __future__ import annotations

import math

from nt_tensor.backend import Array, namespace
from nt_tensor.kernel import kernel
from nt_tensor.kernels._erf import erf
from nt_tensor.kernels._wide import widened

__all__ = ["gelu", "gelu_tanh"]


@kernel
@widened()
def gelu(x: Array) -> tuple[Array, Array]:
    """The value x times the normal distribution function of x, and its derivative."""
    xp = namespace(x)
    cdf = 0.5 * (1.0 + erf(x * math.sqrt(0.5)))
    density = xp.exp(-0.5 * x * x) * (1.0 / math.sqrt(2.0 * math.pi))
    return x * cdf, cdf + x * density


@kernel
@widened()
def gelu_tanh(x: Array) -> tuple[Array, Array]:
    """GELU's approximation by tanh, and its derivative."""
    xp = namespace(x)
    root = math.sqrt(2.0 / math.pi)
    square = x * x
    t = xp.tanh(root * x * (1.0 + 0.044715 * square))
    inner = root * (1.0 + 3.0 * 0.044715 * square)
    return 0.5 * x * (1.0 + t), 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * inner
