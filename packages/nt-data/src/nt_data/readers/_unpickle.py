"""The arrays inside a pickle, without running what a pickle can run."""

from __future__ import annotations

import io
import math
import pickle
import pickletools
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nt_data._errors import DataError

__all__ = ["unpickle_arrays"]

_CORE = ("numpy.core.multiarray", "numpy._core.multiarray")
_NUMERIC = ("numpy.core.numeric", "numpy._core.numeric")
_REFUSED = {"INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4", "PERSID", "BINPERSID"}
_TYPES = ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8")


class _Dtype:
    """Stands where the pickle says `numpy.dtype`."""

    def __init__(self, spec: Any, *_: Any) -> None:
        self.spec = spec.decode("ascii", "replace") if isinstance(spec, bytes) else spec
        self.order = "|"
        if self.spec not in _TYPES:
            raise DataError(f"an array of type {self.spec!r} is not admitted")

    def __setstate__(self, state: Any) -> None:
        order = state[1]
        self.order = order.decode("ascii", "replace") if isinstance(order, bytes) else order

    def native(self) -> np.dtype[Any]:
        if self.order not in ("<", ">", "=", "|"):
            raise DataError(f"a byte order of {self.order!r} is not admitted")
        return np.dtype(f"{self.order}{self.spec}")


class _Array:
    """Stands where the pickle says `numpy.ndarray`: made from bytes that are really there."""

    value: NDArray[Any]

    def __setstate__(self, state: Any) -> None:
        _, shape, dtype, fortran, raw = state
        self.value = _filled(raw, dtype, shape, "F" if fortran else "C")


def _from_buffer(raw: Any, dtype: Any, shape: Any, order: Any) -> _Array:
    """Stands where protocol 5 says `numpy._core.numeric._frombuffer`."""
    array = _Array()
    array.value = _filled(raw, dtype, shape, "F" if order == "F" else "C")
    return array


def _filled(raw: Any, dtype: Any, shape: Any, order: Literal["C", "F"]) -> NDArray[Any]:
    if not isinstance(dtype, _Dtype) or not isinstance(raw, (bytes, bytearray)):
        raise DataError("an array that is not made of plain numbers is not admitted")
    native = dtype.native()
    if not all(isinstance(n, int) and n >= 0 for n in shape) or (
        math.prod(shape) * native.itemsize != len(raw)
    ):
        raise DataError(f"an array claims shape {shape} and holds {len(raw):,} bytes")
    return np.frombuffer(raw, native).reshape(shape, order=order)


def _encoded(text: Any, encoding: Any) -> bytes:
    """Stands where Python 3 wrote bytes in a protocol of Python 2."""
    if encoding not in ("latin1", b"latin1"):
        raise DataError(f"bytes encoded as {encoding!r} are not admitted")
    return bytes(text, "latin-1")


class _Arrays(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if module in _CORE and name == "_reconstruct":
            return lambda *_: _Array()
        if module in _NUMERIC and name == "_frombuffer":
            return _from_buffer
        if module == "numpy" and name in ("ndarray", "dtype"):
            return _Dtype if name == "dtype" else _Array
        if (module, name) == ("_codecs", "encode"):
            return _encoded
        raise DataError(f"it would run {module}.{name}, which is not admitted")


def unpickle_arrays(content: bytes, origin: str) -> Any:
    r"""Read a pickle that holds dictionaries, lists, text, bytes, numbers and NumPy arrays alone.

    NumPy's own functions are not called either: stand-ins build each array from the bytes that
    are in the pickle.

    Args:
        content: the pickle; text of Python 2 comes out as bytes.
        origin: what errors call it.

    Raises:
        DataError: the pickle is damaged, or names anything else.

    Example:
        >>> unpickle_arrays(pickle.dumps({b"labels": [3, 1]}, protocol=2), "batch")
        {b'labels': [3, 1]}
        >>> unpickle_arrays(b"cos\nsystem\n(S'true'\ntR.", "batch")
        Traceback (most recent call last):
            ...
        nt_data...DataError: batch is refused: it would run os.system, which is not admitted
    """
    try:
        _look_over(content)
        return _plain(_Arrays(io.BytesIO(content), encoding="bytes").load())
    except DataError as error:
        raise DataError(f"{origin} is refused: {error}") from error
    except Exception as error:  # a damaged pickle can raise anything at all
        raise DataError(f"{origin} is a damaged pickle: {error}") from error


def _look_over(content: bytes) -> None:
    """Refuse what would take memory or run code before anything is loaded."""
    for count, (code, argument, _) in enumerate(pickletools.genops(content)):
        if code.name in _REFUSED:
            raise DataError(f"it makes objects ({code.name}), which are not admitted")
        if "PUT" in code.name and argument is not None and int(argument) > count:
            raise DataError(f"it numbers a value {argument} after {count} operations")


def _plain(value: Any) -> Any:
    if isinstance(value, _Array):
        return value.value
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(each) for each in value)
    return value
