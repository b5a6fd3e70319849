"""An operation with one reference body in plain array code, and better bodies per library."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import pkgutil
import threading
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from nt_tensor.backend import backend_of_type
from nt_tensor.memory import keep_freed_memory

__all__ = ["Kernel", "jit", "kernel"]

Body = TypeVar("Body", bound=Callable[..., Any])

# The packages whose private modules register bodies, in order of preference.
_ROOMS = {
    "numpy": ("numba", "numpy"),
    "cupy": ("cupy",),
    "mlx": ("mlx",),
    "batched": ("batched",),
}
_PLACES = ("numpy", "numba", "cupy", "mlx", "batched")

_kernels: list[Kernel] = []
_opened: dict[str, bool] = {}
_lock = threading.RLock()
_jit = True


class Kernel:
    """A function of arrays whose body depends on the library of its first argument.

    Attributes:
        name: the name of the reference body.
        reference: the body in plain array code, right on every library.
        bodies: library -> the better body registered with `on`.

    Example:
        >>> from nt_tensor.kernels import softmax
        >>> softmax(np.zeros((1, 2), np.float32), -1)
        array([[0.5, 0.5]], dtype=float32)
        >>> isinstance(softmax, Kernel), softmax.name
        (True, 'softmax')
    """

    __slots__ = ("__dict__", "_by_type")  # the table in a slot: found twice as fast at every call
    __name__: str

    def __init__(self, reference: Callable[..., Any]) -> None:
        functools.update_wrapper(self, reference)
        self.reference = reference
        self.name = reference.__name__
        self.bodies: dict[str, Callable[..., Any]] = {}
        self._by_type = _Table(self)
        _kernels.append(self)

    def __call__(self, *arguments: Any) -> Any:
        """Run the body for the library of the first argument."""
        # One tuple, handed on as it is: naming the first argument apart would cost another 50 ns.
        return self._by_type[type(arguments[0])](*arguments)

    def __repr__(self) -> str:
        return f"<kernel {self.name}: {', '.join(['reference', *self.bodies])}>"

    def on(self, library: str) -> Callable[[Body], Body]:
        """Register the decorated function as this kernel's body for `library`.

        Args:
            library: `"numpy"`, `"numba"` (NumPy arrays, when Numba is there), `"cupy"`, `"mlx"`, or
                `"batched"` (samples, as `vmap` makes them).

        Raises:
            ValueError: if there is no such library, or it has a body already.

        Example:
            >>> @kernel
            ... def negative(x):
            ...     return -x
            >>> @negative.on("numpy")
            ... def _(x):
            ...     return np.negative(x)
            >>> negative
            <kernel negative: reference, numpy>
        """
        if library not in _PLACES:
            raise ValueError(f"{self.name}.on({library!r}): it is one of {', '.join(_PLACES)}")

        def register(body: Body) -> Body:
            if library in self.bodies:
                raise ValueError(f"kernel {self.name} has a body for {library} already")
            self.bodies[library] = body
            self._by_type.clear()
            return body

        return register


class _Table(dict[type, Callable[..., Any]]):
    """Array type -> body, filled when a type is first met."""

    def __init__(self, owner: Kernel) -> None:
        self.owner = owner

    def __missing__(self, kind: type) -> Callable[..., Any]:
        body = self.owner.reference
        if not issubclass(kind, np.generic):  # bodies are written for arrays, not NumPy's scalars
            rooms = _ROOMS[backend_of_type(kind).name]
            # All of them are opened: one library's body may hand over to another's.
            usable = [room for room in rooms if (room != "numba" or _jit) and _open(room)]
            bodies = self.owner.bodies
            body = next((bodies[room] for room in usable if room in bodies), body)
        return self.setdefault(kind, body)


def _open(library: str) -> bool:
    """Import the modules that register a library's bodies; False where the library is not there."""
    with _lock:
        if library not in _opened:
            there = library != "numba" or _numba_works()
            _opened[library] = there  # before the bodies: they may call kernels as they are loaded
            try:
                if there:
                    _import_bodies(f"nt_tensor.backends.{library}")
                    if library in ("numpy", "numba"):
                        keep_freed_memory()
            except BaseException:
                del _opened[library]
                raise
        return _opened[library]


def _import_bodies(package: str) -> None:
    path = importlib.import_module(package).__path__
    for module in pkgutil.iter_modules(path, f"{package}."):
        importlib.import_module(module.name)


def _numba_works() -> bool:
    if importlib.util.find_spec("numba") is None:
        return False
    try:
        importlib.import_module("numba")
    except ImportError as error:  # installed, but not for this Python or NumPy
        warnings.warn(f"kernels run without Numba, which fails: {error}", RuntimeWarning, 2)
        return False
    return True


def jit(enabled: bool | None = None) -> bool:
    """Choose whether kernels on NumPy arrays may use their Numba bodies, and tell the choice.

    They may by default; without Numba (`pip install "nt-tensor[jit]"`) nothing changes.

    Args:
        enabled: the choice for the whole process; None leaves it as it is.

    Example:
        >>> before = jit()
        >>> jit(False)
        False
        >>> jit(before) == before
        True
    """
    global _jit
    if enabled is not None and enabled != _jit:
        with _lock:
            _jit = enabled
            for each in _kernels:
                each._by_type.clear()
    return _jit


def kernel(reference: Callable[..., Any]) -> Kernel:
    """Make a `Kernel` of a reference body.

    The arguments are positional; the first one is an array and decides.

    Example:
        >>> import numpy as np
        >>> from nt_tensor import namespace
        >>> @kernel
        ... def double(x):
        ...     return namespace(x).add(x, x)
        >>> double(np.asarray([1.0, 2.0]))
        array([2., 4.])
        >>> @double.on("numpy")
        ... def _(x):
        ...     return 2.0 * x
        >>> double
        <kernel double: reference, numpy>
    """
    return Kernel(reference)
