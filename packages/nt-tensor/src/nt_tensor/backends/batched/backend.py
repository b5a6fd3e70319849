"""Samples of a library's arrays as a backend of their own."""

from __future__ import annotations

from typing import Any

from nt_tensor.backend import Array, Backend
from nt_tensor.backends._standard import complete
from nt_tensor.backends.batched.array import BatchedArray
from nt_tensor.backends.batched.functions import functions
from nt_tensor.device import Device

__all__ = ["BatchedBackend"]


class BatchedBackend(Backend):
    """Everything is computed by the backend below, with one more axis in front."""

    name = "batched"
    mutable = False

    def __init__(self, inner: Backend) -> None:
        self.inner = inner
        made = type(f"Batched{inner.name.title()}", (BatchedArray,), {"__slots__": ()})
        self.array_types = (made,)
        self.dtypes = inner.dtypes
        self.xp = complete(f"batched {inner.name}", inner.dtypes, functions(inner.xp, made))
        made.xp = self.xp  # type: ignore[attr-defined]

    def devices(self) -> list[Device]:
        """List the devices of the library below."""
        return self.inner.devices()

    def device_of(self, array: Array) -> Device:
        """Tell where the array below lies."""
        return self.inner.device_of(array.raw)

    def asarray(self, data: Any, dtype: Any, device: Device) -> Array:
        """Bring an array to a dtype; what is no array of samples is the same for all."""
        if isinstance(data, BatchedArray):
            return self.xp.asarray(data, dtype=dtype)
        return self.xp.asarray(self.inner.asarray(data, dtype, device))

    def to_numpy(self, array: Array) -> Any:
        """Give the values, if all samples share them."""
        if array.raw.shape[0] != 1:
            raise TypeError("the values depend on the sample: they are known when vmap has ended")
        return self.inner.to_numpy(array.raw)[0]

    def evaluate(self, *arrays: Array) -> None:
        """Compute these arrays now."""
        self.inner.evaluate(*(array.raw for array in arrays))

    def synchronize(self) -> None:
        """Wait for what was begun on the device."""
        self.inner.synchronize()

    def memory(self, array: Array) -> tuple[Any, int, int] | None:
        """Tell None: nothing is written in place."""
        return None
