"""The same values elsewhere: in fresh memory, in row-major order, on another device."""

from __future__ import annotations

from typing import Any

import nt_tensor
from nt_tensor import Device, DeviceLike, device_of, namespace

from ..cost import moved
from ..primitive import primitive
from ..tensor import Tensor

__all__ = ["clone", "contiguous", "to_device"]


@primitive
def clone(x: Any, /) -> Any:
    """A copy in fresh memory; gradients flow through it.

    Example:
        >>> from nt_autograd import tensor
        >>> clone(tensor([1.0, 2.0]))
        tensor([1., 2.])

    Source: PyTorch's `torch.clone`.
    """
    return namespace(x).asarray(x, copy=True)


@clone.backward
def _(g: Any) -> Any:
    return g


clone.cost(moved)


@primitive
def contiguous(x: Any, /) -> Any:
    """The same values in row-major order: a copy where they are not, such as after `permute`.

    Example:
        >>> from nt_autograd import tensor
        >>> contiguous(tensor([[1.0, 2.0]]).T)
        tensor([[1.], [2.]])

    Source: PyTorch's `Tensor.contiguous`.
    """
    xp = namespace(x)
    return xp.reshape(xp.reshape(x, (-1,)), x.shape)


@contiguous.backward
def _(g: Any) -> Any:
    return g


contiguous.cost(moved)


def to_device(x: Any, device: DeviceLike) -> Any:
    """The same values on another device; the gradient comes back to where `x` is.

    Example:
        >>> from nt_autograd import tensor
        >>> to_device(tensor([1.0]), "cpu").device
        Device(type='cpu', index=0)

    Source: PyTorch's `Tensor.to(device)`.
    """
    source = device_of(x.data if isinstance(x, Tensor) else x)
    target = nt_tensor.device(device)
    return x if source == target else _to_device(x, target, source)


@primitive
def _to_device(x: Any, /, target: Device, source: Device) -> Any:
    return nt_tensor.to(x, target)


@_to_device.backward
def _(g: Any, target: Device, source: Device) -> Any:
    return _to_device(g, source, target)


_to_device.cost(moved)
