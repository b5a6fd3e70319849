"""Options of layers over images: one number for all axes, or a number for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

__all__ = ["Sizes", "sizes"]

Sizes: TypeAlias = int | Sequence[int]


def sizes(name: str, value: Sizes, count: int, least: int | None = 1) -> tuple[int, ...]:
    """The numbers of an option, one an axis.

    Raises:
        ValueError: there are not so many, or one is no integer from `least` on (if that is given).
    """
    each = tuple(value) if isinstance(value, Sequence) else (value,) * count
    each = each * count if len(each) == 1 else each
    right = all(isinstance(n, int) and (least is None or n >= least) for n in each)
    if len(each) != count or not right:
        many = "one integer" if count == 1 else f"one integer or {count}"
        span = "" if least is None else f" from {least} on"
        raise ValueError(f"{name} ({value!r}) must be {many}{span}")
    return each
