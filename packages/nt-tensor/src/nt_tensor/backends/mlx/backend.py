"""MLX as a backend: immutable, lazy arrays on one device."""

from __future__ import annotations

from typing import Any

import mlx.core as mx
import numpy as np

from nt_tensor import dtype as dt
from nt_tensor.backend import Array, Backend
from nt_tensor.backends._standard import complete
from nt_tensor.backends.mlx import elementwise, reductions, shapes
from nt_tensor.device import Device
from nt_tensor.dtype import DType

__all__ = ["BACKEND", "MLXBackend"]

_MLX = Device("mlx")


def _dtypes() -> dict[DType, Any]:
    """List MLX's dtypes; only its CPU computes in float64."""
    wide = [dt.float64] if mx.default_device() == mx.Device(mx.cpu) else []
    kept = [
        *(dt.float16, dt.bfloat16, dt.float32, *wide),
        *(dt.int8, dt.int16, dt.int32, dt.int64),
        *(dt.uint8, dt.uint16, dt.uint32, dt.uint64),
    ]
    return {**{dtype: getattr(mx, dtype.name) for dtype in kept}, dt.bool_: mx.bool_}


class MLXBackend(Backend):
    """Arrays of `mlx.core.array`, on MLX's default device: the GPU on Apple's machines.

    Nothing is computed before it is looked at or `evaluate` asks for it, and only the thread that
    asked for an array can compute it: `evaluate` what another thread shall see. Index arrays are
    not checked against the bounds, and float64 (on the CPU) has `exp`, `erf` and their like to
    float32's precision only.
    """

    name = "mlx"
    mutable = False

    def __init__(self) -> None:
        self.array_types = (mx.array,)
        self.dtypes = _dtypes()
        self.xp = complete(
            "mlx",
            self.dtypes,
            {**elementwise.FUNCTIONS, **shapes.FUNCTIONS, **reductions.FUNCTIONS},
        )

    def devices(self) -> list[Device]:
        """List MLX's one device."""
        return [_MLX]

    def device_of(self, array: Array) -> Device:
        """Tell MLX's one device."""
        return _MLX

    def asarray(self, data: Any, dtype: Any, device: Device) -> Array:
        """Copy a NumPy array, or change the dtype of one of MLX's own."""
        if isinstance(data, mx.array):
            return data if data.dtype == dtype else data.astype(dtype)
        return shapes.from_numpy(np.asarray(data), dtype)

    def to_numpy(self, array: Array) -> Any:
        """Look at the same memory, read-only; bfloat16, which NumPy lacks, comes as float32."""
        values = reductions.host(array)
        values.flags.writeable = False
        return values

    def evaluate(self, *arrays: Array) -> None:
        """Compute these arrays now."""
        mx.eval(*arrays)

    def synchronize(self) -> None:
        """Wait for what was begun on the device."""
        mx.synchronize()

    def memory(self, array: Array) -> tuple[Any, int, int] | None:
        """Tell None: no array changes under another's feet."""
        return None


BACKEND = MLXBackend()
