"""Hang the ops on Tensor: `a + b`, `a @ b`, `x.sum()`. These tables are the whole of it."""

from __future__ import annotations

from collections.abc import Callable
from operator import index
from typing import Any

from nt_tensor import Device, as_dtype, is_array

from . import ops
from .ops import activations
from .tensor import Tensor

__all__: list[str] = []


def _compared(op: Callable[..., Any]) -> Callable[[Tensor, Any], Any]:
    """`x == None` and `x == "text"` are answered by Python, not by an error."""

    def method(x: Tensor, other: Any) -> Any:
        if isinstance(other, Tensor | int | float) or is_array(other):
            return op(x, other)
        return NotImplemented

    return method


def _reflected(op: Callable[..., Any]) -> Callable[[Tensor, Any], Any]:
    """`2 - x` arrives as x.__rsub__(2)."""
    return lambda x, other: op(other, x)


OPERATORS: dict[str, Callable[..., Any]] = {
    "__add__": ops.add,
    "__radd__": _reflected(ops.add),
    "__sub__": ops.sub,
    "__rsub__": _reflected(ops.sub),
    "__mul__": ops.mul,
    "__rmul__": _reflected(ops.mul),
    "__truediv__": ops.div,
    "__rtruediv__": _reflected(ops.div),
    "__floordiv__": ops.floor_divide,
    "__rfloordiv__": _reflected(ops.floor_divide),
    "__mod__": ops.remainder,
    "__rmod__": _reflected(ops.remainder),
    "__pow__": ops.pow,
    "__rpow__": _reflected(ops.pow),
    "__matmul__": ops.matmul,
    "__rmatmul__": _reflected(ops.matmul),
    "__neg__": ops.neg,
    "__abs__": ops.abs,
    "__and__": ops.bitwise_and,
    "__rand__": _reflected(ops.bitwise_and),
    "__or__": ops.bitwise_or,
    "__ror__": _reflected(ops.bitwise_or),
    "__xor__": ops.bitwise_xor,
    "__rxor__": _reflected(ops.bitwise_xor),
    "__invert__": ops.bitwise_not,
    "__eq__": _compared(ops.eq),
    "__ne__": _compared(ops.ne),
    "__lt__": ops.lt,
    "__le__": ops.le,
    "__gt__": ops.gt,
    "__ge__": ops.ge,
    "__getitem__": ops.getitem,
}

# Methods that are the op of the same name.
METHODS = """
    add sub mul div neg pow float_power square matmul mm bmm mv dot outer floor_divide remainder
    eq ne lt le gt ge isclose allclose isnan isinf isfinite
    logical_and logical_or logical_xor logical_not
    bitwise_and bitwise_or bitwise_xor bitwise_not
    abs sign floor ceil round trunc maximum minimum clip clamp
    exp exp2 expm1 log log1p log2 log10 sqrt rsqrt reciprocal erf
    sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh
    masked_fill
    sum mean var std prod norm logsumexp max min amax amin argmax argmin cumsum cumprod
    all any count_nonzero
    flatten unflatten squeeze unsqueeze transpose swapaxes movedim t contiguous clone
    chunk split unbind roll repeat_interleave tril triu diagonal diag diag_embed trace
    gather scatter scatter_add take_along_dim index_select index_add masked_select nonzero
    sort argsort topk
""".split()  # noqa: SIM905 (words read better than quoted lines)

# And those whose family has a package of its own.
ACTIVATIONS = "relu sigmoid softmax log_softmax".split()  # noqa: SIM905

# Methods that take lengths or axes as one sequence or as several integers.
SPREAD = "reshape view permute expand broadcast_to flip tile repeat".split()  # noqa: SIM905


def _spread(op: Callable[..., Any]) -> Callable[..., Any]:
    """`x.reshape(2, 3)` beside `x.reshape((2, 3))`."""

    def method(x: Tensor, *lengths: Any) -> Any:
        if len(lengths) == 1 and not hasattr(lengths[0], "__index__"):
            lengths = tuple(lengths[0])
        return op(x, tuple([index(n) for n in lengths]))

    method.__doc__ = op.__doc__
    return method


def _to(x: Tensor, *target: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """The same values as another dtype, on another device, or as and where another tensor is.

    Args:
        x: any tensor.
        *target: a dtype, a device, both, or a tensor.
        dtype: the dtype, by name.
        device: the device, by name.

    Returns:
        `x` itself where nothing changes.

    Raises:
        TypeError: a target is none of these.
        ValueError: a name is neither a dtype nor a device.

    Example:
        >>> from nt_autograd import tensor
        >>> tensor([1, 2]).to("float64")
        tensor([1., 2.], dtype=float64)

    Source: PyTorch's `Tensor.to`.
    """
    for each in target:
        if isinstance(each, Tensor):
            dtype, device = each.dtype, each.device
        elif isinstance(each, Device) or (isinstance(each, str) and not _is_dtype(each)):
            device = each
        else:
            dtype = as_dtype(each)
    if device is not None:
        x = ops.to_device(x, device)
    if dtype is not None and as_dtype(dtype) != x.dtype:
        x = ops.astype(x, as_dtype(dtype))
    return x


def _is_dtype(name: str) -> bool:
    try:
        as_dtype(name)
    except TypeError:
        return False
    return True


def _casting(name: str) -> Callable[[Tensor], Tensor]:
    def method(x: Tensor) -> Tensor:
        return _to(x, dtype=name)

    method.__doc__ = f"The values as {name}."
    return method


CASTS = {
    "half": "float16",
    "bfloat16": "bfloat16",
    "float": "float32",
    "double": "float64",
    "short": "int16",
    "int": "int32",
    "long": "int64",
    "bool": "bool",
}


def _transposed(x: Tensor) -> Any:
    """All axes in the opposite order."""
    return ops.permute(x, tuple(range(x.ndim))[::-1])


def _matrices_transposed(x: Tensor) -> Any:
    """The last two axes swapped: the transpose of each matrix in a stack."""
    return ops.mT(x)


def _attach() -> None:
    for name, op in OPERATORS.items():
        setattr(Tensor, name, op)
    for name in METHODS:
        setattr(Tensor, name, getattr(ops, name))
    for name in ACTIVATIONS:
        setattr(Tensor, name, getattr(activations, name))
    for name in SPREAD:
        setattr(Tensor, name, _spread(getattr(ops, name)))
    for name, dtype in CASTS.items():
        setattr(Tensor, name, _casting(dtype))
    methods: dict[str, Any] = {
        "to": _to,
        "type": _to,
        "cpu": lambda x: _to(x, device="cpu"),
        "cuda": lambda x: _to(x, device="cuda"),
        "type_as": lambda x, other: _to(x, dtype=other.dtype),
        "view_as": lambda x, other: ops.reshape(x, other.shape),
        "reshape_as": lambda x, other: ops.reshape(x, other.shape),
        "expand_as": lambda x, other: ops.expand(x, other.shape),
        "T": property(_transposed),
        "mT": property(_matrices_transposed),
    }
    for name, method in methods.items():
        setattr(Tensor, name, method)


_attach()
