"""Moving a module's tensors to another device or dtype, in place: references to them stay good."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nt_autograd import Tensor
from nt_tensor import DeviceLike, DType, DTypeLike, as_dtype, asarray

_DTYPE_NAMES = ("float16", "bfloat16", "float32", "float64")


def move(
    tensors: Iterable[tuple[str, Tensor]],
    targets: tuple[DeviceLike | DType, ...],
    device: DeviceLike | None,
    dtype: DTypeLike,
) -> None:
    """Give tensors and gradients arrays on the device, and of the dtype if they hold floats."""
    for target in targets:
        if isinstance(target, DType) or target in _DTYPE_NAMES:
            dtype = target
        else:
            device = target
    if dtype is not None and as_dtype(dtype).kind != "float":
        raise TypeError(
            f"a module can be cast to {', '.join(_DTYPE_NAMES)}; {dtype} is none of them"
        )
    for _, tensor in list(tensors):
        wanted: Any = dtype if tensor.dtype.kind == "float" else None
        gradient = tensor.grad
        tensor.data = asarray(tensor.data, wanted, device)
        if gradient is not None:
            tensor.grad = Tensor(asarray(gradient.data, wanted, device))
