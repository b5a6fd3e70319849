"""What an optimizer's `update` is written with: a parameter's memory, and rules applied to it."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any

from nt_autograd import Tensor, fused_update
from nt_tensor import (
    Array,
    DType,
    astype,
    backend_of,
    dtype_of,
    float32,
    full_like,
    is_array,
    namespace,
)


def memory_dtype(param: Array) -> DType:
    """In what is remembered for a parameter: its own dtype, at least float32."""
    dtype = dtype_of(param)
    return float32 if dtype.itemsize < 4 else dtype


def remember(param: Array, state: dict[str, Any], name: str, value: float = 0.0) -> Array:
    """What the state holds under a name, at first filled with a number."""
    if name not in state:
        state[name] = full_like(param, value, dtype=memory_dtype(param))
    return state[name]


def count(state: dict[str, Any]) -> int:
    """The number of this step, from 1."""
    state["step"] = step = int(state.get("step", 0)) + 1
    return step


def apply(
    rule: Callable[..., Any],
    grad: Array,
    param: Array,
    state: dict[str, Any],
    names: tuple[str, ...],
    *numbers: float,
) -> Array:
    """`rule(xp, grad, param, *state, *numbers)` gives the new parameter and the new state.

    Args:
        rule: see `nt_autograd.fused_update`.
        grad: the gradient's array.
        param: the parameter's array.
        state: where the arrays named `names` lie, or will: at first they are zeros.
        names: of the state, as the rule takes them.
        *numbers: the rule's coefficients.

    Returns:
        The parameter's array after the step.
    """
    if not names:
        return fused_update(rule, grad, (param,), numbers)[0]
    arrays = [param]
    for name in names:
        arrays.append(state[name] if name in state else remember(param, state, name))
    param, *found = fused_update(rule, grad, arrays, numbers)
    state.update(zip(names, found, strict=True))
    return param


def writable(array: Array) -> Array:
    """The array, or a copy of one that must not be written, as of a file or a broadcast number."""
    if backend_of(array).mutable and not getattr(array.flags, "writeable", True):
        return namespace(array).asarray(array, copy=True)
    return array


def evaluate(changed: list[tuple[Tensor, dict[str, Any]]]) -> None:
    """Compute now what a lazy library put off, parameters and all that is remembered for them."""
    if not changed or backend_of(changed[0][0].data).mutable:
        return
    arrays = [parameter.data for parameter, _ in changed]
    arrays += [value for _, state in changed for value in state.values() if is_array(value)]
    backend_of(arrays[0]).evaluate(*arrays)


def length(array: Array) -> float:
    """The Euclidean norm of all elements together."""
    flat = namespace(array).reshape(array, (-1,))
    if dtype_of(flat).itemsize < 4:  # a sum of squares overflows 16 bits soon
        flat = astype(flat, float32)
    return sqrt(float(flat @ flat))
