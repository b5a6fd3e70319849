"""Anomaly detection: name the first op that made a NaN or an infinity, and its module."""

from __future__ import annotations

import math
import threading
import warnings
from bisect import bisect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nt_tensor import backend_of, dtype_of, is_array

from .tape import Node, clock
from .watch import watched_by

__all__ = ["AnomalyError", "check", "check_gradient", "detect_anomaly", "inside", "watching"]

watching = 0  # how many `detect_anomaly` blocks are open, in all threads
_lock = threading.Lock()


class _Path(threading.local):
    def __init__(self) -> None:
        self.modules: list[str] = []
        self.times: list[int] = []  # when a module was entered or left, by the tape's clock,
        self.places: list[str] = []  # and where the program was from then on


_path = _Path()


class AnomalyError(ArithmeticError):
    """An op made a NaN or an infinity out of finite inputs."""


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """While open, every op's output and every gradient is checked for NaN and infinity.

    Raises:
        AnomalyError: at the first op that makes one from finite inputs. It names the op, the module
            and what came in. Checking costs a pass over every array: use it to find a bug, not to
            train.

    Example:
        >>> from nt_autograd import detect_anomaly, log, tensor
        >>> with detect_anomaly():
        ...     log(tensor([1.0, 0.0]))
        Traceback (most recent call last):
        ...
        nt_autograd.anomaly.AnomalyError: log made 1 infinite value out of 2, from x: float32 (2,)

    Source: PyTorch's `torch.autograd.detect_anomaly`.
    """
    global watching
    with _lock:
        watching += 1
    if watching == 1:
        _path.times, _path.places = [clock()], [_where()]
    try:
        with (
            watched_by(_Check()),
            warnings.catch_warnings(),
        ):  # the error says more than NumPy's warnings
            warnings.simplefilter("ignore", RuntimeWarning)
            yield
    finally:
        with _lock:
            watching -= 1


class _Check:
    """Who looks on while `detect_anomaly` is open."""

    inside_rules = False  # a rule is named as a whole

    def ran(self, op: Any, arrays: tuple[Any, ...], params: dict[str, Any], y: Any) -> None:
        check(op, y, arrays)

    def went_back(self, node: Node, g: Any, gradients: tuple[Any, ...]) -> None:
        check_gradient(node, g, gradients)


@contextmanager
def inside(module: str) -> Iterator[None]:
    """Say that ops called now run inside the module of that name (layers do so while watched)."""
    _path.modules.append(module)
    _moved()
    try:
        yield
    finally:
        _path.modules.pop()
        _moved()


def _moved() -> None:
    """Remember since when the program is where it is now: it tells where a node was made."""
    if watching:
        _path.times.append(clock())
        _path.places.append(_where())


def _where() -> str:
    """The modules that this thread is inside of, as ` in module GPT2.blocks.0`, or nothing."""
    return f" in module {'.'.join(_path.modules)}" if _path.modules else ""


def _made_in(node: Node) -> str:
    """The modules in which this thread made a node, as far as they were watched."""
    i = bisect(_path.times, node.stamp)
    return _path.places[i - 1] if i else ""


def check(op: Any, y: Any, arrays: tuple[Any, ...]) -> None:
    """Raise if the output `y` of `op` is not finite though its inputs are."""
    for value in y if isinstance(y, tuple) else (y,):
        if (bad := _count(value)) and not any(_count(a) for a in arrays):
            names = op.inputs or tuple(f"xs[{i}]" for i in range(len(arrays)))
            came = ", ".join(
                f"{n}: {dtype_of(a)} {tuple(a.shape)}" if is_array(a) else f"{n}: {a!r}"
                for n, a in zip(names, arrays, strict=False)
            )
            raise AnomalyError(f"{op.name} made {bad} out of {value.size}, from {came}{_where()}")


def check_gradient(node: Node, g: Any, gradients: tuple[Any, ...]) -> None:
    """Raise if a node's backward rule made a gradient that is not finite out of one that is."""
    op: Any = node.op
    for i, gradient in enumerate(gradients):
        value = _array(gradient)
        if is_array(value) and (bad := _count(value)):
            if any(_count(_array(each)) for each in (g if isinstance(g, tuple) else (g,))):
                return
            name = op.inputs[i] if op.inputs else f"xs[{i}]"
            raise AnomalyError(
                f"the backward rule of {op.name} made {bad} out of {value.size} "
                f"in the gradient of {name}{_made_in(node)}"
            )


def _array(value: Any) -> Any:
    """The array of a tensor; an array itself."""
    return value if is_array(value) else getattr(value, "data", value)


def _count(value: Any) -> str:
    """How many values are not finite, in words; empty where all are."""
    if isinstance(value, float):
        return "" if math.isfinite(value) else "1 infinite value"
    if not is_array(value) or dtype_of(value).kind != "float":
        return ""
    xp = backend_of(value).xp
    if bool(xp.all(xp.isfinite(value))):
        return ""
    nan = int(xp.sum(xp.astype(xp.isnan(value), xp.int64)))
    infinite = int(xp.sum(xp.astype(xp.isinf(value), xp.int64)))
    kind, n = ("NaN", nan) if nan else ("infinite", infinite)
    return f"{n} {kind} value{'s' if n > 1 else ''}"
