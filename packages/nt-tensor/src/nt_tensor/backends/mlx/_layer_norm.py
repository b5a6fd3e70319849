"""Normalisation on MLX: its fused kernels; the statistics are made only if the way back asks."""

from __future__ import annotations

from typing import Any

import mlx.core as mx

from nt_tensor.kernels._layer_norm import layer_norm
from nt_tensor.kernels._rms_norm import rms_norm


@layer_norm.on("mlx")
def _layer_norm(x: Any, weight: Any, bias: Any, eps: float) -> tuple[Any, Any, Any]:
    if not x.size:
        return layer_norm.reference(x, weight, bias, eps)  # type: ignore[no-any-return]
    wide = x.astype(mx.float32)  # squares overflow float16
    mean = mx.mean(wide, axis=-1, keepdims=True)
    rstd = mx.rsqrt(mx.var(wide, axis=-1, keepdims=True) + eps)
    return mx.fast.layer_norm(x, weight, bias, eps), mean, rstd


@rms_norm.on("mlx")
def _rms_norm(x: Any, weight: Any, eps: float) -> tuple[Any, Any]:
    if not x.size:
        return rms_norm.reference(x, weight, eps)  # type: ignore[no-any-return]
    rrms = mx.rsqrt(mx.mean(mx.square(x.astype(mx.float32)), axis=-1, keepdims=True) + eps)
    return mx.fast.rms_norm(x, weight, eps), rrms
