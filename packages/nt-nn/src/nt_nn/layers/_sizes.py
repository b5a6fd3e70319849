"""Options of layers over images: one number for all axes, or a number for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

__all__ = ["Sizes", "sizes"]

Sizes: TypeAlias = int | Sequence[int]


def sizes(name: str, value: Sizes, count: int, least: int = 1) -> tuple[int, ...]:
    """The numbers of an option, one an axis.

    Raises:
        ValueError: there are not so many, or one is no integer from `least` on.
    """
    each = (value,) * count if isinstance(value, int) else tuple(value)
    each = each * count if len(each) == 1 else each
    if len(each) != count or not all(isinstance(n, int) and n >= least for n in each):
        many = "one number" if count == 1 else f"one number or {count} numbers"
        raise ValueError(f"{name} ({value!r}) must be {many} from {least} on")
    return each
