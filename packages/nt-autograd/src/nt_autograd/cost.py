"""What an op costs: floating-point operations and bytes moved, counted as the ops run."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import prod
from typing import Any, NamedTuple

from nt_tensor import is_array

from . import watch
from .tape import Node

__all__ = ["Cost", "Count", "count_flops", "each_input", "free", "moved"]


class Cost(NamedTuple):
    """Floating-point operations and bytes read and written."""

    flops: int
    bytes: int


def moved() -> int:
    """The cost of an op that only moves data: no FLOPs."""
    return 0


def free() -> Cost:
    """The cost of a view: nothing."""
    return Cost(0, 0)


def each_input(x_shape: tuple[int, ...]) -> int:
    """The cost of a reduction: one FLOP an element that goes in."""
    return prod(x_shape)


@dataclass
class Count:
    """What was counted so far.

    Attributes:
        by_op: op name -> calls, FLOPs and bytes.
    """

    by_op: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    inside_rules: bool = True
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def calls(self) -> int:
        """How many ops ran."""
        return sum(calls for calls, _, _ in self.by_op.values())

    @property
    def flops(self) -> int:
        """How many floating-point operations they took."""
        return sum(flops for _, flops, _ in self.by_op.values())

    @property
    def bytes(self) -> int:
        """How many bytes they read and wrote."""
        return sum(size for _, _, size in self.by_op.values())

    def ran(self, op: Any, arrays: tuple[Any, ...], params: dict[str, Any], y: Any) -> None:
        """Add one op."""
        cost = cost_of(op, arrays, params, y)
        with self._lock:
            calls, flops, size = self.by_op.get(op.name, (0, 0, 0))
            self.by_op[op.name] = calls + 1, flops + cost.flops, size + cost.bytes

    def went_back(self, node: Node, g: Any, gradients: tuple[Any, ...]) -> None:
        """A rule's ops are counted one by one."""


@contextmanager
def count_flops() -> Iterator[Count]:
    r"""While open, count what the ops of all threads cost, those of backward passes too.

    A product of matrices (n, k) and (k, m) counts $2nkm$ FLOPs; an op that works element by element
    one for each element of its result; moving data none. Bytes are those of inputs and outputs, as
    if nothing stayed in a cache; a view moves none.

    Example:
        >>> from nt_autograd import count_flops, ones
        >>> with count_flops() as count:
        ...     y = ones(2, 3) @ ones(3, 4)
        >>> count.flops, count.bytes
        (48, 104)

    Source: the counts are those of PyTorch's `torch.utils.flop_counter`, which counts products
        only.
    """
    count = Count()
    with watch.watched_by(count):
        yield count


def cost_of(op: Any, arrays: tuple[Any, ...], params: dict[str, Any], y: Any) -> Cost:
    """What one call of an op costs, by its own rule or, without one, element by element.

    Raises:
        TypeError: the op has no rule, though it does not work element by element.
    """
    made = y if isinstance(y, tuple) else (y,)
    size = sum(each.nbytes for each in (*arrays, *made) if is_array(each))
    if op.cost is None:
        if op.outputs or _broadcast(arrays) != tuple(y.shape):
            raise TypeError(
                f"op {op.name} does not work element by element: tell its cost with "
                f"@{op.name}.cost, a function of shapes that returns FLOPs"
            )
        return Cost(prod(y.shape), size)
    found = op.cost(**{name: _shape_or(name, op, arrays, params, y) for name in _wanted(op.cost)})
    return found if isinstance(found, Cost) else Cost(found, size)


def _wanted(rule: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(rule).parameters)


def _shape_or(name: str, op: Any, arrays: tuple[Any, ...], params: dict[str, Any], y: Any) -> Any:
    """What a cost rule asks for by name: `y_shape`, `<input>_shape`, `xs_shape`, a parameter."""
    if name in params:
        return params[name]
    if name == "y_shape":
        return _shapes(y)
    if name == "xs_shape":
        return _shapes(arrays)
    if name == "x_shape" and "x" not in op.inputs:
        return _shapes(arrays[0])
    at = op.inputs.index(name.removesuffix("_shape"))
    return _shapes(arrays[at]) if at < len(arrays) else None


def _shapes(value: Any) -> Any:
    """The shape of an array, or of each in a tuple; () of a number, None of None."""
    if isinstance(value, tuple):
        return tuple([_shapes(each) for each in value])
    return None if value is None else tuple(getattr(value, "shape", ()))


def _broadcast(arrays: tuple[Any, ...]) -> tuple[int, ...]:
    shapes = [tuple(a.shape) for a in arrays if is_array(a)]
    ndim = max(map(len, shapes), default=0)
    filled = [(1,) * (ndim - len(s)) + s for s in shapes]
    return tuple([next((n for n in ns if n != 1), 1) for ns in zip(*filled, strict=True)])
