"""Where arrays are made: the devices, and the one that creation uses when none is named."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from nt_tensor.backend import Array, Backend, backend_named, backend_of

__all__ = ["Device", "DeviceLike", "current_device", "device", "device_of", "devices", "use_device"]

_BACKEND_OF_TYPE = {"cpu": "numpy", "cuda": "cupy", "mlx": "mlx"}


@dataclass(frozen=True, slots=True)
class Device:
    """A place that holds arrays and computes with them.

    Attributes:
        type: `"cpu"` (NumPy), `"cuda"` (CuPy) or `"mlx"` (MLX).
        index: which GPU, for `"cuda"`.

    Example:
        >>> str(Device("cuda", 1)), str(Device("cpu"))
        ('cuda:1', 'cpu')
    """

    type: str
    index: int = 0

    def __str__(self) -> str:
        return f"cuda:{self.index}" if self.type == "cuda" else self.type

    @property
    def backend(self) -> Backend:
        """The library that computes on this device, loaded when it is first asked for.

        Example:
            >>> Device("cpu").backend
            <backend numpy>
        """
        return backend_named(_BACKEND_OF_TYPE[self.type])


DeviceLike: TypeAlias = Device | str
"""A `Device`, or its name: `"cpu"`, `"cuda"`, `"cuda:1"`, `"mlx"`, `"gpu"`, `"mps"`."""


def device(spec: DeviceLike) -> Device:
    """Read a device from its name.

    Args:
        spec: `"cpu"`, `"cuda"`, `"cuda:1"` or `"mlx"`; `"mps"` means `"mlx"`, and `"gpu"` whichever
            of `"cuda"` and `"mlx"` can be used here, in this order.

    Raises:
        ValueError: if there is no device of this name.

    Example:
        >>> device("cuda:1")
        Device(type='cuda', index=1)
        >>> device("mps")
        Device(type='mlx', index=0)
    """
    if isinstance(spec, Device):
        return spec
    name, _, index = str(spec).partition(":")
    if name == "gpu":
        name = _gpu()
    elif name == "mps":
        name = "mlx"
    if name not in _BACKEND_OF_TYPE or (index and not index.isdigit()):
        raise ValueError(f"device {spec!r} is not one of: cpu, cuda, cuda:<index>, mlx, gpu, mps")
    number = int(index) if index else 0
    if number and name != "cuda":
        raise ValueError(f"device {spec!r}: {name} has one device, index 0")
    return Device(name, number)


def _gpu() -> str:
    for kind in ("cuda", "mlx"):
        if any(found.type == kind for found in devices()):
            return kind
    raise ValueError(
        'device "gpu": no GPU library can be used here; install nt-tensor[cuda12] or nt-tensor[mlx]'
    )


def devices() -> list[Device]:
    """List the devices that can be used here, the CPU first.

    Example:
        >>> devices()[0]
        Device(type='cpu', index=0)
    """
    found: list[Device] = []
    for name in _BACKEND_OF_TYPE.values():
        try:
            found += backend_named(name).devices()
        except ImportError:
            continue  # a library that is not installed brings no devices
    return found


def device_of(array: Array) -> Device:
    """Tell on which device an array lies.

    Example:
        >>> import numpy as np
        >>> str(device_of(np.ones(3)))
        'cpu'
    """
    return backend_of(array).device_of(array)


class _Current(threading.local):
    device = Device("cpu")


_current = _Current()
_found: set[Device] = {Device("cpu")}  # devices that were looked for and are there


def current_device() -> Device:
    """Tell on which device this thread makes arrays when none is named.

    Example:
        >>> str(current_device())
        'cpu'
    """
    return _current.device


@contextmanager
def use_device(spec: DeviceLike) -> Iterator[Device]:
    """Make arrays on a device inside a `with` block, in this thread.

    Raises:
        ImportError: if the device's library is not installed.
        RuntimeError: if the library finds no such device.

    Example:
        >>> with use_device("cpu") as here:
        ...     str(here)
        'cpu'
    """
    here, before = available(spec), _current.device
    _current.device = here
    try:
        with here.backend.on(here):
            yield here
    finally:
        _current.device = before


def available(spec: DeviceLike | None) -> Device:
    """Read a device (None: the current one) and make sure that it can be used here."""
    if spec is None:
        return _current.device
    wanted = device(spec)
    if wanted not in _found:
        has = wanted.backend.devices()
        if wanted not in has:
            names = ", ".join(map(str, has)) or "none"
            raise RuntimeError(f"device {wanted} is not here; {wanted.backend.name} finds {names}")
        _found.add(wanted)
    return wanted
