"""Writing into tensors: `x[i] = v`, `add_`, `fill_`, … where no graph would have to remember it.

An op in place changes a value that was already given away. So a tensor that requires gradients may
only be written under `no_grad()`, as an optimizer does; every write is noted, and a walk back that
still needs the old value says so (`writes.py`). Where a library's arrays cannot be written (MLX),
the tensor gets a new array instead; tensors that share memory with it then do not see the write.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import iadd, imul, isub, itruediv
from typing import Any

from nt_tensor import (
    as_dtype,
    asarray,
    astype,
    backend_of,
    device_of,
    dtype_of,
    is_array,
    namespace,
    promote_types,
    set_at,
    to,
)

from . import writes
from .ops._getitem import plain_index
from .tape import state
from .tensor import Tensor

__all__: list[str] = []


def set_item(x: Tensor, index: Any, value: Any) -> None:
    """Write `x[index] = value` in place.

    Args:
        x: any tensor without a graph that needs it.
        index: as for reading.
        value: a number, a tensor or an array that broadcasts to `x[index]`.

    Raises:
        RuntimeError: gradients are recorded through `x` or `value`.
        TypeError: floats for integers, numbers for booleans, or another device.

    Example:
        >>> from nt_autograd import tensor
        >>> x = tensor([1.0, 2.0, 3.0])
        >>> x[1:] = 0
        >>> x
        tensor([1., 0., 0.])

    Source: PyTorch's `Tensor.__setitem__`.
    """
    values = _fitting("x[index] = value", x, value)
    array = _writable("x[index] = value", x)
    where = plain_index(index, array)
    if not backend_of(array).mutable:
        x.data = set_at(array, where, values)
        return
    array[where] = values
    if any(is_array(each) for each in where):
        writes.note(array)
    else:  # a view of what was written, and with `...` never a number
        writes.note(array[where if Ellipsis in where else (*where, ...)])


def copy_(x: Tensor, source: Any) -> Tensor:
    """Overwrite `x` with the values of `source`, which broadcast; from any device.

    Example:
        >>> from nt_autograd import zeros
        >>> zeros(2).copy_([1.0, 2.0])
        tensor([1., 2.])

    Source: PyTorch's `Tensor.copy_`.
    """
    array = _writable("copy_", x)
    if isinstance(source, Tensor):
        _unrecorded("copy_", source)
        source = source.data
    if is_array(source):
        source = to(source, device_of(array))
    return _write("copy_", x, source)


def fill_(x: Tensor, value: float) -> Tensor:
    """Overwrite every element with one number.

    Example:
        >>> from nt_autograd import zeros
        >>> zeros(2).fill_(7)
        tensor([7., 7.])

    Source: PyTorch's `Tensor.fill_`.
    """
    return _write("fill_", x, value)


def zero_(x: Tensor) -> Tensor:
    """Overwrite every element with 0.

    Example:
        >>> from nt_autograd import ones
        >>> ones(2).zero_()
        tensor([0., 0.])

    Source: PyTorch's `Tensor.zero_`.
    """
    return _write("zero_", x, False)


def add_(x: Tensor, other: Any, *, alpha: float = 1) -> Tensor:
    r"""Add in place, $x \leftarrow x + \alpha\,\mathrm{other}$.

    Example:
        >>> from nt_autograd import ones
        >>> ones(2).add_(ones(2), alpha=0.5)
        tensor([1.5, 1.5])

    Source: PyTorch's `Tensor.add_`.
    """
    return _update("add_", iadd, x, other, alpha)


def sub_(x: Tensor, other: Any, *, alpha: float = 1) -> Tensor:
    r"""Subtract in place, $x \leftarrow x - \alpha\,\mathrm{other}$.

    Example:
        >>> from nt_autograd import ones
        >>> ones(2).sub_(3)
        tensor([-2., -2.])

    Source: PyTorch's `Tensor.sub_`.
    """
    return _update("sub_", isub, x, other, alpha)


def mul_(x: Tensor, other: Any) -> Tensor:
    r"""Multiply in place, $x \leftarrow x \cdot \mathrm{other}$.

    Example:
        >>> from nt_autograd import ones
        >>> ones(2).mul_(3)
        tensor([3., 3.])

    Source: PyTorch's `Tensor.mul_`.
    """
    return _update("mul_", imul, x, other)


def div_(x: Tensor, other: Any) -> Tensor:
    r"""Divide in place, $x \leftarrow x / \mathrm{other}$; floats only.

    Example:
        >>> from nt_autograd import ones
        >>> ones(2).div_(4)
        tensor([0.25, 0.25])

    Source: PyTorch's `Tensor.div_`.
    """
    if x.dtype.kind != "float":
        raise TypeError(f"div_ would put fractions into a tensor of {x.dtype}; use x / other")
    return _update("div_", itruediv, x, other)


def _update(
    name: str, op: Callable[[Any, Any], Any], x: Tensor, other: Any, alpha: float = 1
) -> Tensor:
    """`x` op= `other`."""
    values = _fitting(name, x, other)
    if alpha != 1:
        values = values * _fitting(name, x, alpha)
    array = _writable(name, x)
    if not backend_of(array).mutable:  # what looks like writing would change it under other tensors
        array = namespace(array).asarray(array, copy=True)
    made = op(array, values)
    if made.shape != array.shape:
        raise ValueError(f"{name}: {tuple(made.shape)} does not fit into {tuple(array.shape)}")
    x.data = made
    writes.note(made)
    return x


def _write(name: str, x: Tensor, value: Any) -> Tensor:
    values = _fitting(name, x, value)
    array = _writable(name, x)
    if backend_of(array).mutable:
        array[...] = values
        writes.note(array)
    else:
        x.data = set_at(array, (...,), values)
    return x


def _writable(name: str, x: Tensor) -> Any:
    """The array of `x`, which may be written: no graph is being recorded, and memory is its own."""
    if x.node is not None and state.recording:
        raise RuntimeError(
            f"{name} writes into a tensor that requires gradients, and no graph can follow that; "
            "do it under no_grad(), or compute a new tensor"
        )
    array = x.data
    if backend_of(array).mutable and not getattr(array.flags, "writeable", True):
        array = x.data = namespace(array).asarray(array, copy=True)  # a scalar or an expanded view
    return array


def _unrecorded(name: str, value: Tensor) -> None:
    if value.node is not None and state.recording:
        raise RuntimeError(
            f"{name} would lose the gradients of the value that it writes; "
            "write value.detach(), or compute a new tensor with where or concat"
        )


def _fitting(name: str, x: Tensor, value: Any) -> Any:
    """The value as a number or an array of the dtype of `x`, if that loses nothing of its kind."""
    if isinstance(value, Tensor):
        _unrecorded(name, value)
        value = value.data
    elif not (is_array(value) or isinstance(value, int | float)):
        value = asarray(value, device=x.device)
    dtype = dtype_of(value) if is_array(value) else as_dtype(type(value))
    if promote_types(dtype, x.dtype).kind != x.dtype.kind:
        raise TypeError(f"{name}: {dtype} does not go into a tensor of {x.dtype}; cast it first")
    if not is_array(value):
        return value
    if device_of(value) != x.device:
        raise TypeError(
            f"{name}: the value is on {device_of(value)}, the tensor on {x.device}; "
            "move it with value.to(device)"
        )
    return value if dtype == x.dtype else astype(value, x.dtype)


def _attach() -> None:
    for method in (copy_, fill_, zero_, add_, sub_, mul_, div_):
        setattr(Tensor, method.__name__, method)
    Tensor.__setitem__ = set_item  # type: ignore[method-assign]


_attach()
