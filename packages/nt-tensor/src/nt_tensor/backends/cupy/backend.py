"""CuPy as a backend: memory that can be written in place, on NVIDIA's GPUs."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import cupy as cp

from nt_tensor.backend import Array, Backend
from nt_tensor.backends.cupy.namespace import xp
from nt_tensor.backends.numpy.namespace import DTYPES
from nt_tensor.device import Device

__all__ = ["BACKEND", "CuPyBackend"]


class CuPyBackend(Backend):
    """Arrays of `cupy.ndarray`; work is queued on the GPU and `synchronize` waits for it."""

    name = "cupy"
    mutable = True

    def __init__(self) -> None:
        self.xp = xp
        self.array_types = (cp.ndarray,)
        self.dtypes = DTYPES

    def devices(self) -> list[Device]:
        """List the GPUs; none where there is no driver or no GPU."""
        try:
            count = cp.cuda.runtime.getDeviceCount()
        except cp.cuda.runtime.CUDARuntimeError:
            return []
        return [Device("cuda", index) for index in range(count)]

    def device_of(self, array: Array) -> Device:
        """Tell the GPU whose memory the array lies in."""
        return Device("cuda", array.device.id)

    def on(self, device: Device) -> AbstractContextManager[Any]:
        """Compute on this GPU inside a `with` block."""
        return cp.cuda.Device(device.index)  # type: ignore[no-any-return]

    def asarray(self, data: Any, dtype: Any, device: Device) -> Array:
        """Copy a NumPy array or another GPU's array there, or change the dtype of one that is."""
        with self.on(device):
            if isinstance(data, cp.ndarray) and data.device.id == device.index:
                return data if data.dtype == dtype else data.astype(dtype)
            return cp.array(data, dtype)

    def to_numpy(self, array: Array) -> Any:
        """Copy the values to the host."""
        return cp.asnumpy(array)

    def evaluate(self, *arrays: Array) -> None:
        """Wait until these arrays are computed."""
        for device in {array.device for array in arrays}:
            device.synchronize()

    def synchronize(self) -> None:
        """Wait for everything that was queued on the current GPU."""
        cp.cuda.Device().synchronize()

    def memory(self, array: Array) -> tuple[Any, int, int] | None:
        """Tell the block of GPU memory, and the range of bytes that the array reaches."""
        start = stop = array.data.ptr
        if array.size:
            for size, stride in zip(array.shape, array.strides, strict=True):
                if stride < 0:
                    start += (size - 1) * stride
                else:
                    stop += (size - 1) * stride
            stop += array.itemsize
        return array.data.mem, start, stop


BACKEND = CuPyBackend()
