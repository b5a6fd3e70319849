"""Hang the ops on Tensor: `a + b`, `a @ b`, `x.sum()`. These tables are the whole of it."""

from __future__ import annotations

from collections.abc import Callable
from operator import index
from typing import Any

from . import ops
from .tensor import Tensor

__all__: list[str] = []

OPERATORS: dict[str, Callable[..., Any]] = {
    "__add__": ops.add,
    "__sub__": ops.sub,
    "__mul__": ops.mul,
    "__truediv__": ops.div,
    "__pow__": ops.pow,
    "__matmul__": ops.matmul,
    "__neg__": ops.neg,
    "__eq__": ops.eq,
    "__ne__": ops.ne,
    "__lt__": ops.lt,
    "__le__": ops.le,
    "__gt__": ops.gt,
    "__ge__": ops.ge,
}

# `2 - x` arrives as x.__rsub__(2).
REFLECTED: dict[str, Callable[..., Any]] = {
    "__radd__": lambda x, other: ops.add(other, x),
    "__rsub__": lambda x, other: ops.sub(other, x),
    "__rmul__": lambda x, other: ops.mul(other, x),
    "__rtruediv__": lambda x, other: ops.div(other, x),
    "__rpow__": lambda x, other: ops.pow(other, x),
    "__rmatmul__": lambda x, other: ops.matmul(other, x),
}

# Methods that are the op of the same name.
METHODS = [
    "add",
    "sub",
    "mul",
    "div",
    "neg",
    "pow",
    "square",
    "matmul",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log1p",
    "log2",
    "log10",
    "sqrt",
    "rsqrt",
    "reciprocal",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "sigmoid",
    "erf",
    "sum",
    "mean",
    "masked_fill",
    "flatten",
    "unflatten",
    "squeeze",
    "unsqueeze",
    "transpose",
    "swapaxes",
    "movedim",
    "t",
]

# Methods that take a shape or axes as one sequence or as several integers.
SPREAD = ["reshape", "view", "permute", "expand"]


def _spread(op: Callable[..., Any]) -> Callable[..., Any]:
    """`x.reshape(2, 3)` beside `x.reshape((2, 3))`."""

    def method(x: Tensor, *lengths: Any) -> Any:
        if len(lengths) == 1 and not hasattr(lengths[0], "__index__"):
            lengths = tuple(lengths[0])
        return op(x, tuple([index(n) for n in lengths]))

    method.__doc__ = op.__doc__
    return method


def _attach() -> None:
    for name, op in {**OPERATORS, **REFLECTED}.items():
        setattr(Tensor, name, op)
    for name in METHODS:
        setattr(Tensor, name, getattr(ops, name))
    for name in SPREAD:
        setattr(Tensor, name, _spread(getattr(ops, name)))


_attach()
