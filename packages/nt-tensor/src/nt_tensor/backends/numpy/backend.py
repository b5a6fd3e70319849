"""NumPy as a backend: memory that can be written in place, on the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np

from nt_tensor import dtype as dt
from nt_tensor.backend import Array, Backend
from nt_tensor.backends.numpy.namespace import xp
from nt_tensor.device import Device

__all__ = ["BACKEND", "NumPyBackend"]

_CPU = Device("cpu")


class NumPyBackend(Backend):
    """Arrays of `numpy.ndarray`; a NumPy scalar counts as an array without dimensions."""

    name = "numpy"
    mutable = True

    def __init__(self) -> None:
        self.xp = xp
        self.array_types = (np.ndarray, np.generic)
        self.dtypes = {
            each: np.dtype(each.name)
            for each in (
                *(dt.float16, dt.float32, dt.float64, dt.bool_),
                *(dt.int8, dt.int16, dt.int32, dt.int64),
                *(dt.uint8, dt.uint16, dt.uint32, dt.uint64),
            )
        }

    def devices(self) -> list[Device]:
        """List the CPU."""
        return [_CPU]

    def device_of(self, array: Array) -> Device:
        """Tell the CPU."""
        return _CPU

    def asarray(self, data: Any, dtype: Any, device: Device) -> Array:
        """Make an array of what NumPy reads, sharing its memory where it can."""
        return np.asarray(data, dtype=dtype)

    def to_numpy(self, array: Array) -> Any:
        """Give the array itself."""
        return np.asarray(array)

    def evaluate(self, *arrays: Array) -> None:
        """Do nothing: NumPy computes at once."""

    def synchronize(self) -> None:
        """Do nothing: NumPy computes at once."""

    def memory(self, array: Array) -> tuple[Any, int, int] | None:
        """Tell the owner of the memory, and the range of bytes that the array reaches."""
        owner = array
        while (base := getattr(owner, "base", None)) is not None:
            owner = base
        start, stop = np.lib.array_utils.byte_bounds(array)
        return owner, start, stop


BACKEND = NumPyBackend()
