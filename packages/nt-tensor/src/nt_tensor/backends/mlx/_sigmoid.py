"""The logistic function on MLX: its own, which is one kernel; what it gates is made of that."""

from __future__ import annotations

from typing import Any

import mlx.core as mx

from nt_tensor.kernels._sigmoid import sigmoid


@sigmoid.on("mlx")
def _sigmoid(x: Any) -> Any:
    return mx.sigmoid(x)
