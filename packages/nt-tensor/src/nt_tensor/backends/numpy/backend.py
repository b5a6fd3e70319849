"""NumPy as a backend: memory that can be written in place, on the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np

from nt_tensor.backend import Array, Backend
from nt_tensor.backends.numpy.namespace import DTYPES, xp
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
        self.dtypes = DTYPES

    def devices(self) -> list[Device]:
        """List the CPU."""
        return [_CPU]

    def device_of(self, array: Array) -> Device:
        """Tell the CPU."""
        return _CPU

    def asarray(self, data: Any, dtype: Any, device: Device) -> Array:
        """Take a NumPy array as it is, or change its dtype."""
        return np.asarray(data, dtype)

    def to_numpy(self, array: Array) -> Any:
        """Give the array itself."""
        return np.asarray(array)

    def evaluate(self, *arrays: Array) -> None:
        """Do nothing: NumPy computes at once."""

    def synchronize(self) -> None:
        """Do nothing: NumPy computes at once."""

    def memory(self, array: Array) -> tuple[Any, int, int] | None:
        """Tell the owner of the memory, and the range of bytes that the array reaches."""
        owner, base = array, array.base
        while base is not None:
            owner, base = base, getattr(base, "base", None)
        if array.flags.c_contiguous:
            start = array.__array_interface__["data"][0]
            return owner, start, start + array.nbytes
        return owner, *np.lib.array_utils.byte_bounds(array)


BACKEND = NumPyBackend()
