"""Softmax on MLX: its own, with sums in float32."""

from __future__ import annotations

from typing import Any

import mlx.core as mx

from nt_tensor.kernels._softmax import log_softmax, softmax


@softmax.on("mlx")
def _softmax(x: Any, axis: int) -> Any:
    return mx.softmax(x, axis=axis, precise=True) if x.size else x


@log_softmax.on("mlx")
def _log_softmax(x: Any, axis: int) -> Any:
    if not x.size:
        return x
    z = x - mx.max(
        x, axis=axis, keepdims=True
    )  # a logarithm of 1e4 and little would lose the little
    return z - mx.logsumexp(z, axis=axis, keepdims=True)
