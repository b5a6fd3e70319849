"""GELU on CuPy: value and derivative in one pass over memory."""

from __future__ import annotations

from typing import Any

import cupy as cp

from nt_tensor.kernels._gelu import gelu, gelu_tanh

_EXACT = """
    {number} v = x;
    {number} cdf = ({number})0.5 * erfc(-v * ({number})0.7071067811865476);
    y = v * cdf;
    slope = cdf + v * exp(({number})-0.5 * v * v) * ({number})0.3989422804014327;
"""
_BY_TANH = """
    {number} v = x;
    {number} root = 0.7978845608028654, cubic = 0.044715, one = 1;
    {number} share = one / (one + exp(-2 * root * v * (one + cubic * v * v)));
    y = v * share;
    slope = share + 2 * v * share * (one - share) * root * (one + 3 * cubic * v * v);
"""


def _kernels(code: str, name: str) -> dict[str, Any]:
    """One kernel a dtype; float16 computes in float32."""
    return {
        kind: cp.ElementwiseKernel(
            f"{kind} x", f"{kind} y, {kind} slope", code.format(number=number), f"{name}_{kind}"
        )
        for kind, number in {"float16": "float", "float32": "float", "float64": "double"}.items()
    }


_exact, _by_tanh = _kernels(_EXACT, "nt_gelu"), _kernels(_BY_TANH, "nt_gelu_tanh")


@gelu.on("cupy")
def _gelu(x: Any) -> tuple[Any, Any]:
    return tuple(_exact[x.dtype.name](x))


@gelu_tanh.on("cupy")
def _gelu_tanh(x: Any) -> tuple[Any, Any]:
    return tuple(_by_tanh[x.dtype.name](x))
