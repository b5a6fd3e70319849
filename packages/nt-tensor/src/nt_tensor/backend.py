"""Which library an array belongs to: looked up by its type once, remembered from then on."""

from __future__ import annotations

import importlib
import importlib.util
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from nt_tensor.dtype import DType

if TYPE_CHECKING:
    from nt_tensor.device import Device

__all__ = [
    "Array",
    "Backend",
    "Namespace",
    "backend_named",
    "backend_of",
    "common_backend",
    "is_array",
    "namespace",
]

Array: TypeAlias = Any
"""An array of whichever library holds it: `numpy.ndarray`, `cupy.ndarray` or `mlx.core.array`.

nt puts no class of its own around arrays, and the three libraries share no base class: to a type
checker an array is `Any`. What all of them have: `shape`, `ndim`, `dtype`, operators and indexing.
"""


class Namespace:
    """The functions of the array API standard for one library, as plain attributes.

    Every backend's namespace has the same names with the same meaning, so that one program runs on
    all of them; a name outside of the standard raises instead of working on one library only.

    Example:
        >>> xp = Namespace("mine", {"twice": lambda x: 2 * x})
        >>> xp.twice(3)
        6
        >>> xp.einsum
        Traceback (most recent call last):
        ...
        AttributeError: mine's namespace has no 'einsum': it holds the array API standard's names

    Reference: https://data-apis.org/array-api/2024.12/
    """

    def __init__(self, name: str, functions: Mapping[str, Any]) -> None:
        self.__dict__.update(functions)
        self.__name__ = name

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"{self.__name__}'s namespace has no {name!r}: it holds the array API standard's names"
        )

    def __repr__(self) -> str:
        return f"<array API namespace of {self.__name__}>"

    def __dir__(self) -> list[str]:
        return sorted(self.__dict__)


_NO_CHOICE = nullcontext()


class Backend(ABC):
    """One array library, and what nt must ask it beyond the array API standard.

    Attributes:
        name: `"numpy"`, `"cupy"`, `"mlx"`, or `"batched"` for samples of another's arrays.
        xp: its functions under the names of the array API standard.
        mutable: whether an array's elements can be written in place.
        array_types: the types of its arrays.
        dtypes: its own dtype object for each `DType` that it has.

    Example:
        >>> import numpy as np
        >>> backend = backend_of(np.ones(3))
        >>> backend.name, backend.mutable, [str(device) for device in backend.devices()]
        ('numpy', True, ['cpu'])
    """

    name: ClassVar[str]
    mutable: ClassVar[bool]
    array_types: tuple[type, ...]
    dtypes: Mapping[DType, Any]
    xp: Any

    def __repr__(self) -> str:
        return f"<backend {self.name}>"

    @abstractmethod
    def devices(self) -> list[Device]:
        """List the devices that this library can use here."""

    @abstractmethod
    def device_of(self, array: Array) -> Device:
        """Tell on which device an array lies."""

    def on(self, device: Device) -> AbstractContextManager[Any]:
        """Compute on this one of the library's devices inside a `with` block."""
        return _NO_CHOICE

    @abstractmethod
    def asarray(self, data: Any, dtype: Any, device: Device) -> Array:
        """Bring a NumPy array or one of its own to a device and a dtype of the library's."""

    @abstractmethod
    def to_numpy(self, array: Array) -> Any:
        """Give the values as a NumPy array, without a copy where memory is shared."""

    @abstractmethod
    def evaluate(self, *arrays: Array) -> None:
        """Compute these arrays now, where a library would put it off."""

    @abstractmethod
    def synchronize(self) -> None:
        """Wait until everything that was asked of the device is done."""

    @abstractmethod
    def memory(self, array: Array) -> tuple[Any, int, int] | None:
        """Tell who owns an array's memory, its first byte, and the byte behind its last.

        Two arrays can see each other's writes only if their owners are one object and their
        ranges overlap. None where arrays are immutable.
        """


# Where a type comes from decides which backend is loaded; nothing is imported before it is met.
_MODULES = {
    "numpy": "nt_tensor.backends.numpy",
    "cupy": "nt_tensor.backends.cupy",
    "mlx": "nt_tensor.backends.mlx",
}
_INSTALL = {
    "cupy": 'pip install "nt-tensor[cuda12]" (or "nt-tensor[cuda13]")',
    "mlx": 'pip install "nt-tensor[mlx]"',
}
_loaded: dict[str, Backend] = {}


def backend_named(name: str) -> Backend:
    """Load a backend by its name, the first time it is asked for.

    Args:
        name: `"numpy"`, `"cupy"` or `"mlx"`.

    Raises:
        ValueError: if there is no such backend.
        ImportError: if its library is not installed; the message names what to install.

    Example:
        >>> backend_named("numpy")
        <backend numpy>
    """
    if name not in _loaded:
        if name not in _MODULES:
            raise ValueError(f"backend {name!r} is not one of nt's: {', '.join(_MODULES)}")
        if importlib.util.find_spec(name) is None:
            raise ImportError(f"{name} is not installed: {_INSTALL[name]}")
        _loaded[name] = importlib.import_module(_MODULES[name]).BACKEND
    return _loaded[name]


class _ByType(dict[type, Backend]):
    """Array type -> backend; a type that was not met yet is resolved once."""

    def __missing__(self, kind: type) -> Backend:
        for ancestor in kind.__mro__:
            root = ancestor.__module__.partition(".")[0]
            if root in _MODULES and issubclass(kind, backend_named(root).array_types):
                return self.setdefault(kind, backend_named(root))
        raise TypeError(
            f"{kind.__module__}.{kind.__qualname__} is not an array of NumPy, CuPy or MLX; "
            "make one with nt_tensor.asarray"
        )


class _NamespaceByType(dict[type, Any]):
    def __missing__(self, kind: type) -> Any:
        return self.setdefault(kind, _by_type[kind].xp)


_by_type = _ByType()
_namespace_by_type = _NamespaceByType()


def register(backend: Backend) -> None:
    """Make the types of a backend's arrays known."""
    for kind in backend.array_types:
        _by_type[kind] = backend


def backend_of(array: Array) -> Backend:
    """Find the backend of an array (or of a NumPy scalar) by its type.

    Raises:
        TypeError: if it is no array of a known library.

    Example:
        >>> import numpy as np
        >>> backend_of(np.ones(3))
        <backend numpy>
    """
    return _by_type[type(array)]


def backend_of_type(kind: type) -> Backend:
    """Find the backend of a type of arrays, as `backend_of` does for an array."""
    return _by_type[kind]


def namespace(array: Array) -> Any:
    """Find the functions for an array: the array API standard's names, whichever library it is of.

    Raises:
        TypeError: if it is no array of a known library.

    Example:
        >>> import numpy as np
        >>> x = np.asarray([3.0, 1.0, 2.0])
        >>> namespace(x).sort(x, descending=True)
        array([3., 2., 1.])
    """
    return _namespace_by_type[type(array)]


def is_array(value: Any) -> bool:
    """Tell whether a value is an array of a known library (or a NumPy scalar).

    Example:
        >>> import numpy as np
        >>> is_array(np.ones(3)), is_array([1.0, 2.0]), is_array(1.0)
        (True, False, False)
    """
    try:
        _by_type[type(value)]
    except TypeError:
        return False
    return True


def common_backend(*arrays: Array) -> Backend:
    """Find the one backend that all arrays share.

    Raises:
        TypeError: if they are of different libraries; the message names both.

    Example:
        >>> import numpy as np
        >>> common_backend(np.ones(3), np.zeros(2))
        <backend numpy>
    """
    if not arrays:
        raise TypeError("common_backend needs at least one array; none came")
    first = backend_of(arrays[0])
    for array in arrays[1:]:
        other = backend_of(array)
        if other is not first:
            raise TypeError(
                f"arrays of {first.name} and {other.name} meet in one operation; "
                "bring them together with nt_tensor.to(x, device)"
            )
    return first
