"""The array API standard's names, and those of its functions that are the same on every library.

Complex numbers and the `device` argument of creation functions are left out: nt has no complex
dtypes, and `nt_tensor`'s own `zeros`, `asarray`, `to`, ... place arrays.

Reference: https://data-apis.org/array-api/2024.12/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nt_tensor import dtype as dt
from nt_tensor.backend import Namespace, is_array
from nt_tensor.dtype import DType, as_dtype

__all__ = ["NAMES", "complete", "from_python"]

NAMES = tuple(
    """
    e inf nan newaxis pi
    arange asarray empty empty_like eye from_dlpack full full_like linspace meshgrid ones ones_like
    tril triu zeros zeros_like
    astype can_cast finfo iinfo isdtype result_type
    abs acos acosh add asin asinh atan atan2 atanh bitwise_and bitwise_invert bitwise_left_shift
    bitwise_or bitwise_right_shift bitwise_xor ceil clip copysign cos cosh divide equal exp expm1
    floor floor_divide greater greater_equal hypot isfinite isinf isnan less less_equal log log10
    log1p log2 logaddexp logical_and logical_not logical_or logical_xor maximum minimum multiply
    negative nextafter not_equal positive pow reciprocal remainder round sign signbit sin sinh sqrt
    square subtract tan tanh trunc
    matmul matrix_transpose tensordot vecdot
    take take_along_axis
    broadcast_arrays broadcast_to concat expand_dims flip moveaxis permute_dims repeat reshape roll
    squeeze stack tile unstack
    argmax argmin count_nonzero nonzero searchsorted where
    unique_all unique_counts unique_inverse unique_values
    argsort sort
    cumulative_prod cumulative_sum max mean min prod std sum var
    all any diff
    """.split()  # noqa: SIM905 (words read better than 150 quoted lines)
)
"""Every name of the standard that a namespace of nt has."""


def complete(name: str, dtypes: Mapping[DType, Any], functions: Mapping[str, Any]) -> Namespace:
    """Make a library's namespace of its functions, its dtypes, and what every library shares.

    Raises:
        ValueError: if a name of the standard is missing, or one is there that it does not have.
    """

    def result_type(*arrays_and_dtypes: Any) -> Any:
        return dtypes[dt.result_type(*arrays_and_dtypes)]

    def finfo(kind: Any, /) -> _FloatInfo:
        return _float_info(_dtype(kind), dtypes)

    def iinfo(kind: Any, /) -> _IntInfo:
        return _int_info(_dtype(kind), dtypes)

    shared = (result_type, finfo, iinfo, can_cast, isdtype)
    constants = {"e": np.e, "inf": np.inf, "nan": np.nan, "newaxis": None, "pi": np.pi}
    every = {**constants, **{f.__name__: f for f in shared}, **functions}
    if wrong := sorted(set(every) ^ set(NAMES)):
        raise ValueError(f"{name}'s namespace and the standard differ in {', '.join(wrong)}")
    native = {dtype.name: own for dtype, own in dtypes.items()}
    return Namespace(name, {**every, **native, "__array_api_version__": "2024.12"})


def _dtype(kind: Any) -> DType:
    return dt.dtype_of(kind) if is_array(kind) else as_dtype(kind)


def can_cast(from_: Any, to: Any, /) -> bool:
    """Tell whether promotion of `from_` with `to` gives `to`."""
    to = as_dtype(to)
    return dt.promote_types(_dtype(from_), to) is to


_KINDS = {
    "bool": {"bool"},
    "signed integer": {"int"},
    "unsigned integer": {"uint"},
    "integral": {"int", "uint"},
    "real floating": {"float"},
    "complex floating": set[str](),
    "numeric": {"int", "uint", "float"},
}


def isdtype(dtype: Any, kind: Any) -> bool:
    """Tell whether a dtype is of a kind, of a dtype, or of one of a tuple of them."""
    if isinstance(kind, tuple):
        return any(isdtype(dtype, each) for each in kind)
    if isinstance(kind, str) and kind in _KINDS:
        return as_dtype(dtype).kind in _KINDS[kind]
    return as_dtype(dtype) is as_dtype(kind)


@dataclass(frozen=True)
class _FloatInfo:
    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: Any


@dataclass(frozen=True)
class _IntInfo:
    bits: int
    max: int
    min: int
    dtype: Any


def _float_info(dtype: DType, dtypes: Mapping[DType, Any]) -> _FloatInfo:
    # Python's floats: a NumPy scalar would widen what it is added to.
    if dtype.kind != "float":
        raise TypeError(f"finfo is of floating-point dtypes, not of {dtype}")
    if dtype is dt.bfloat16:  # eight bits of exponent as float32, seven of fraction
        largest = (2 - 2.0**-7) * 2.0**127
        return _FloatInfo(16, 2.0**-7, largest, -largest, 2.0**-126, dtypes[dtype])
    info = np.finfo(dtype.name)
    largest = float(info.max)
    smallest = float(info.smallest_normal)
    return _FloatInfo(info.bits, float(info.eps), largest, -largest, smallest, dtypes[dtype])


def _int_info(dtype: DType, dtypes: Mapping[DType, Any]) -> _IntInfo:
    if dtype.kind not in ("int", "uint"):
        raise TypeError(f"iinfo is of integer dtypes, not of {dtype}")
    info = np.iinfo(dtype.name)
    return _IntInfo(info.bits, int(info.max), int(info.min), dtypes[dtype])


def from_python(data: Any, dtype: DType | None = None) -> Any:
    """Read numbers and nested sequences into a NumPy array of nt's default dtypes.

    Python's floats become float32, its integers int64, its booleans bool; NumPy's scalars and
    arrays inside of the sequence keep their dtype. With bfloat16, which NumPy lacks, float32 comes.

    Raises:
        TypeError: if there is something else than numbers in it.
    """
    if type(data) is float and dtype is None:
        return np.array(data, np.float32)
    values = np.asarray(data)
    if values.dtype.kind not in "biuf":
        kind = type(_first_leaf(data))
        raise TypeError(f"an array holds numbers or booleans, not {kind.__qualname__} objects")
    if dtype is not None:  # read again: NumPy refuses a number that does not fit, a cast would not
        return np.asarray(data, (dt.float32 if dtype is dt.bfloat16 else dtype).name)
    if values.dtype == np.float64 and type(_first_leaf(data)) in (float, int, bool, list, tuple):
        return values.astype(np.float32)
    return values


def _first_leaf(data: Any) -> Any:
    while isinstance(data, list | tuple) and data:
        data = data[0]
    return data
