"""What a number is made of: the dtypes that nt knows, and what two of them become together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from nt_tensor.backend import Backend

__all__ = [
    "DType",
    "DTypeLike",
    "as_dtype",
    "bfloat16",
    "bool_",
    "dtype_of",
    "float16",
    "float32",
    "float64",
    "int16",
    "int32",
    "int64",
    "int8",
    "native",
    "promote_types",
    "result_type",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
]


@dataclass(frozen=True, slots=True, repr=False)
class DType:
    """The kind and size of an array's elements, the same object for every backend.

    Two dtypes are equal when their names are; `str` gives the name that `as_dtype` takes back.

    Attributes:
        name: `"float32"`, `"int64"`, `"bool"`, ...
        kind: `"float"`, `"int"`, `"uint"` or `"bool"`.
        itemsize: bytes of one element.

    Example:
        >>> str(float32), float32.kind, float32.itemsize
        ('float32', 'float', 4)
        >>> as_dtype("float32") is float32
        True
    """

    name: str
    kind: str
    itemsize: int

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"nt.{self.name}"

    def __hash__(self) -> int:
        return hash(self.name)

    def __reduce__(self) -> tuple[Callable[[str], DType], tuple[str]]:
        return as_dtype, (self.name,)


DTypeLike: TypeAlias = Any
"""A `DType`, its name, a backend's own dtype (`numpy.int8`, `mlx.core.int8`), or a Python type."""

float16 = DType("float16", "float", 2)
bfloat16 = DType("bfloat16", "float", 2)
float32 = DType("float32", "float", 4)
float64 = DType("float64", "float", 8)
int8 = DType("int8", "int", 1)
int16 = DType("int16", "int", 2)
int32 = DType("int32", "int", 4)
int64 = DType("int64", "int", 8)
uint8 = DType("uint8", "uint", 1)
uint16 = DType("uint16", "uint", 2)
uint32 = DType("uint32", "uint", 4)
uint64 = DType("uint64", "uint", 8)
bool_ = DType("bool", "bool", 1)

_ALL = (
    *(float16, bfloat16, float32, float64),
    *(int8, int16, int32, int64),
    *(uint8, uint16, uint32, uint64, bool_),
)
_BY_NAME = {dtype.name: dtype for dtype in _ALL}

# Everything that was ever asked for: names, Python types, NumPy's dtypes and types, MLX's dtypes.
_known: dict[Any, DType] = {
    **_BY_NAME,
    **{dtype: dtype for dtype in _ALL},
    bool: bool_,
    int: int64,
    float: float32,
}


def as_dtype(dtype: DTypeLike) -> DType:
    """Find the `DType` that a name, a Python type or a backend's own dtype means.

    Args:
        dtype: a `DType`, a name, a dtype of NumPy, CuPy or MLX, or one of Python's types: `float`
            (float32), `int` (int64), `bool`.

    Raises:
        TypeError: if nt has no such dtype.

    Example:
        >>> as_dtype("bfloat16"), as_dtype(float), as_dtype(np.dtype("int16"))
        (nt.bfloat16, nt.float32, nt.int16)
    """
    try:
        return _known[dtype]
    except (KeyError, TypeError):
        found = _BY_NAME.get(_name_of(dtype))
    if found is None:
        raise TypeError(f"dtype {dtype!r} is not one of nt's dtypes: {', '.join(_BY_NAME)}")
    _known[dtype] = found
    return found


def _name_of(dtype: Any) -> str:
    """Read the name off a library's own dtype: NumPy's `name`, MLX's from "mlx.core.float32"."""
    if isinstance(dtype, np.dtype):
        return dtype.name
    if isinstance(dtype, type) and issubclass(dtype, np.generic):
        return np.dtype(dtype).name
    if type(dtype).__module__.startswith("mlx"):
        return str(dtype).rpartition(".")[2].removesuffix("_")
    return ""


def dtype_of(array: Any) -> DType:
    """Tell the `DType` of an array.

    Raises:
        TypeError: if its elements are of a type that nt does not know (complex, text, objects).

    Example:
        >>> dtype_of(np.zeros(3, np.float32))
        nt.float32
    """
    try:
        return _known[array.dtype]
    except (KeyError, TypeError):
        return as_dtype(array.dtype)


def native(dtype: DTypeLike, backend: Backend) -> Any:
    """Give the backend's own object for a dtype.

    Raises:
        TypeError: if the backend has no such dtype; the message names those that it has.

    Example:
        >>> from nt_tensor import backend_of
        >>> native(float32, backend_of(np.zeros(1)))
        dtype('float32')
    """
    dtype = as_dtype(dtype)
    try:
        return backend.dtypes[dtype]
    except KeyError:
        has = ", ".join(map(str, backend.dtypes))
        raise TypeError(f"{backend.name} has no {dtype}; it has {has}") from None


_UNSIGNED_FITS_IN = {1: int16, 2: int32, 4: int64}

# What a kind of number can be promoted to is ranked higher.
RANK = {"bool": 0, "uint": 1, "int": 1, "float": 2}


def promote_types(a: DTypeLike, b: DTypeLike) -> DType:
    """Find the dtype that holds the result of an operation between two arrays, by PyTorch's rules.

    A float meets an integer or a boolean and stays what it is; two floats give the larger, and
    float16 with bfloat16 gives float32; a signed integer meets an unsigned one that does not fit
    into it and the next larger signed one is taken.

    Raises:
        TypeError: for uint64 with a signed integer: no integer holds both.

    Example:
        >>> promote_types("float32", "int64"), promote_types("float16", "bfloat16")
        (nt.float32, nt.float32)
        >>> promote_types("uint8", "int8")
        nt.int16

    Reference: https://pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc
    """
    first, second = as_dtype(a), as_dtype(b)
    if first is second:
        return first
    rank, other_rank = RANK[first.kind], RANK[second.kind]
    if rank != other_rank:
        return first if rank > other_rank else second
    if first.kind == second.kind:
        if first.itemsize == second.itemsize:  # float16 and bfloat16: neither holds the other
            return float32
        return first if first.itemsize > second.itemsize else second
    unsigned, signed = (first, second) if first.kind == "uint" else (second, first)
    if signed.itemsize > unsigned.itemsize:
        return signed
    if unsigned is uint64:
        raise TypeError(f"no integer holds both {unsigned} and {signed}: cast one of them first")
    return _UNSIGNED_FITS_IN[unsigned.itemsize]


_NAMES_OF_DTYPES = (str, type, np.dtype)


def result_type(*values: Any) -> DType:
    """Find the dtype of an operation between arrays and Python scalars, by PyTorch's rules.

    Arrays with dimensions decide; arrays without dimensions, and after them Python scalars, matter
    only when they are of a higher kind (boolean < integer < float).

    Args:
        *values: arrays, Python scalars or dtypes (a dtype counts as an array with dimensions).

    Example:
        >>> result_type(np.ones(3, np.float32), 2.5), result_type(np.ones(3, np.int16), 2)
        (nt.float32, nt.int16)
        >>> result_type(np.ones(3, np.int64), 0.5)
        nt.float32
    """
    levels: list[DType | None] = [None, None, None]  # with dimensions, without, Python's scalars
    for value in values:
        kind = type(value)
        if kind is float or kind is int or kind is bool:
            level, dtype = 2, _known[kind]
        elif kind is DType or isinstance(value, _NAMES_OF_DTYPES):
            level, dtype = 0, as_dtype(value)
        else:
            ndim = getattr(value, "ndim", None)  # None: a dtype of MLX
            level = 1 if ndim == 0 else 0
            dtype = as_dtype(value) if ndim is None else dtype_of(value)
        other = levels[level]
        if other is not dtype:
            levels[level] = dtype if other is None else promote_types(other, dtype)
    result: DType | None = None
    for dtype_ in levels:
        if result is None or (dtype_ is not None and RANK[dtype_.kind] > RANK[result.kind]):
            result = dtype_
    if result is None:
        raise TypeError("result_type needs at least one array, scalar or dtype; none came")
    return result
