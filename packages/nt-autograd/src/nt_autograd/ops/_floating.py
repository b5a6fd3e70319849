"""A check that an op's input is floating-point."""

from __future__ import annotations

from typing import Any

from nt_tensor import dtype_of

__all__ = ["check_floating"]


def check_floating(name: str, x: Any) -> None:
    """Raise unless the array `x` is floating-point.

    Libraries would make a float64 of an integer, and double every later byte.

    Raises:
        TypeError: it is not; the message names the argument and its dtype.
    """
    if dtype_of(x).kind != "float":
        raise TypeError(f"{name} must be floating-point, not {dtype_of(x)}; say {name}.float()")
