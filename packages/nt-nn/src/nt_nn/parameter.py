"""Parameter and Buffer: the two kinds of tensor that a module owns, told apart by their type."""

from __future__ import annotations

from typing import Any

from nt_autograd import Tensor
from nt_tensor import Array, asarray, is_array, namespace

from ._skeleton import repeated, sketching


class Parameter(Tensor):
    """A tensor that learns: a module that holds one lists it in `parameters()`.

    Args:
        data: an array of any backend (not copied), a tensor, or nested Python numbers.
        requires_grad: whether `backward` collects a gradient for it; False freezes it.

    Raises:
        TypeError: `data` holds integers or booleans, which have no gradient, and `requires_grad` is
            True.

    Example:
        >>> from nt_nn import Module, Parameter
        >>> class Scale(Module):
        ...     def __init__(self):
        ...         self.factor = Parameter([1.0, 2.0])
        >>> [name for name, _ in Scale().named_parameters()]
        ['factor']

    Source: PyTorch's `torch.nn.Parameter`.
    """

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True) -> None:
        array = _raw(data)
        if sketching() and array.ndim:
            array = repeated(namespace(array).zeros((), dtype=array.dtype), array.shape)
        super().__init__(array)
        self.requires_grad_(requires_grad)

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        made = memo[id(self)] = Parameter(_copy(self.data), self.requires_grad)
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Parameter, (self.data, self.requires_grad)


class Buffer(Tensor):
    """A tensor that a module carries along and saves, but that no gradient changes.

    Args:
        data: an array of any backend (not copied), a tensor, or nested Python numbers.
        persistent: whether `state_dict` holds it; False for what can be computed again.

    Example:
        >>> from nt_nn import Buffer, Module
        >>> class Counter(Module):
        ...     def __init__(self):
        ...         self.calls = Buffer(0)
        ...         self.scratch = Buffer([0.0], persistent=False)
        >>> list(Counter().state_dict())
        ['calls']

    Source: PyTorch's `torch.nn.Buffer`.
    """

    __slots__ = ("persistent",)

    persistent: bool

    def __init__(self, data: Any, persistent: bool = True) -> None:
        super().__init__(_raw(data))
        self.persistent = persistent

    def __deepcopy__(self, memo: dict[int, Any]) -> Buffer:
        made = memo[id(self)] = Buffer(_copy(self.data), self.persistent)
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Buffer, (self.data, self.persistent)


def _raw(data: Any) -> Array:
    """The array inside a tensor, an array as it is, or a new array of Python numbers."""
    if isinstance(data, Tensor):
        return data.data
    return data if is_array(data) else asarray(data)


def _copy(array: Array) -> Array:
    return array if sketching() else namespace(array).asarray(array, copy=True)
