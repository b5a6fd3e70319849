"""BatchedArray: an array of samples that looks like one sample."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from nt_tensor.backend import Array, Namespace, is_array

__all__ = ["BatchedArray", "align", "every", "raw_of"]


class BatchedArray:
    """An array of another library whose first axis, the samples', is hidden.

    A program that is written for one sample computes all of them: what it sees are the shape, the
    axes and the operators of a sample. The hidden axis is as long as there are samples, or 1 for
    what is the same for all. Each library's arrays have a subclass of their own, which knows the
    functions that work on it.
    """

    __slots__ = ("raw",)
    __array_ufunc__ = None  # so that `array * batched` asks the batched one

    xp: ClassVar[Namespace]
    raw: Array

    def __init__(self, raw: Array) -> None:
        self.raw = raw

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of a sample."""
        return tuple(self.raw.shape[1:])

    @property
    def ndim(self) -> int:
        """The number of a sample's axes."""
        return int(self.raw.ndim) - 1

    @property
    def size(self) -> int:
        """The number of a sample's elements."""
        return int(self.raw.size) // max(int(self.raw.shape[0]), 1)

    @property
    def nbytes(self) -> int:
        """The bytes of all samples."""
        return int(self.raw.nbytes)

    @property
    def dtype(self) -> Any:
        """The dtype, as the library below has it."""
        return self.raw.dtype

    @property
    def T(self) -> Any:  # noqa: N802 (the arrays' own name)
        """A sample's axes in the opposite order."""
        return self.xp.permute_dims(self, tuple(reversed(range(self.ndim))))

    def all(self) -> Any:
        """Whether all elements of a sample are true."""
        return self.xp.all(self)

    def __repr__(self) -> str:
        return f"batched({self.raw!r})"

    def __len__(self) -> int:
        return self.shape[0]

    def item(self) -> Any:
        """The one element, if it is the same in all samples."""
        return every(self, "item()")

    def tolist(self) -> Any:
        """The elements, if they are the same in all samples."""
        return every(self, "tolist()", whole=True)

    def __bool__(self) -> bool:
        return bool(every(self, "a decision (if, while, and, or)"))

    def __int__(self) -> int:
        return int(every(self, "int()"))

    def __float__(self) -> float:
        return float(every(self, "float()"))

    def __index__(self) -> int:
        return int(every(self, "an index"))

    def reshape(self, *shape: Any) -> Any:
        """The same elements in another shape."""
        return self.xp.reshape(self, shape[0] if len(shape) == 1 else shape)

    def __getitem__(self, index: Any) -> Any:
        from nt_tensor.indexing import get_at  # it asks the backends about arrays

        return get_at(self, index)


def _operator(name: str, function: str, reflected: bool = False) -> Callable[..., Any]:
    def method(self: BatchedArray, other: Any) -> Any:
        if not (isinstance(other, int | float) or is_array(other)):
            return NotImplemented
        operation = getattr(self.xp, function)
        return operation(other, self) if reflected else operation(self, other)

    method.__name__ = name
    return method


_BINARY = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "floordiv": "floor_divide",
    "mod": "remainder",
    "pow": "pow",
    "matmul": "matmul",
    "and": "bitwise_and",
    "or": "bitwise_or",
    "xor": "bitwise_xor",
    "lshift": "bitwise_left_shift",
    "rshift": "bitwise_right_shift",
}
_COMPARED = {
    "eq": "equal",
    "ne": "not_equal",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
}
for _name, _function in _BINARY.items():
    setattr(BatchedArray, f"__{_name}__", _operator(f"__{_name}__", _function))
    setattr(BatchedArray, f"__r{_name}__", _operator(f"__r{_name}__", _function, reflected=True))
for _name, _function in _COMPARED.items():
    setattr(BatchedArray, f"__{_name}__", _operator(f"__{_name}__", _function))
for _name, _function in {"neg": "negative", "abs": "abs", "invert": "bitwise_invert"}.items():
    setattr(BatchedArray, f"__{_name}__", lambda self, _f=_function: getattr(self.xp, _f)(self))
BatchedArray.__hash__ = None  # type: ignore[assignment] # `==` compares elements


def every(x: BatchedArray, asked: str, whole: bool = False) -> Any:
    """A value that all samples share.

    Raises:
        TypeError: the samples differ.
    """
    values = [part.tolist() if whole else part.item() for part in x.raw]
    if any(value != values[0] for value in values[1:]):
        raise TypeError(
            f"{asked} depends on the sample: under vmap a function takes one way for all; "
            "choose between values with where(condition, a, b)"
        )
    return values[0]


def raw_of(x: Any) -> Any:
    """The array below; anything else as it is."""
    return x.raw if isinstance(x, BatchedArray) else x


def align(inner: Any, *values: Any) -> list[Any]:
    """The arrays below with the samples' axis first and as many axes each: they broadcast."""
    ranks = [x.ndim for x in values if is_array(x)]
    most = max(ranks, default=0)
    made = []
    for x in values:
        if isinstance(x, BatchedArray):
            ones = (1,) * (most - x.ndim)
            made.append(
                x.raw if not ones else inner.reshape(x.raw, (x.raw.shape[0], *ones, *x.shape))
            )
        else:
            made.append(x)
    return made
