"""Checks of the losses' options: the ops run them when called, nt-nn's modules when built."""

from __future__ import annotations

__all__ = [
    "check_alpha",
    "check_between",
    "check_margin_power",
    "check_not_negative",
    "check_positive",
    "check_reduction",
]


def check_reduction(reduction: str, *more: str) -> None:
    """Raise unless `reduction` is "mean", "sum", "none" or one of `more`.

    Raises:
        ValueError: it is none of them.
    """
    if reduction not in (known := (*more, "mean", "sum", "none")):
        names = ", ".join(f'"{name}"' for name in known[:-1])
        raise ValueError(f'reduction must be {names} or "none", got {reduction!r}')


def check_between(name: str, value: float, low: float, high: float) -> None:
    """Raise unless the number lies in [low, high].

    Raises:
        ValueError: it does not.
    """
    if not low <= value <= high:
        raise ValueError(f"{name} must lie in [{low:g}, {high:g}], got {value}")


def check_positive(name: str, value: float) -> None:
    """Raise unless the number is above 0.

    Raises:
        ValueError: it is not.
    """
    if not value > 0:
        raise ValueError(f"{name} must be positive, got {value}")


def check_not_negative(name: str, value: float) -> None:
    """Raise unless the number is at least 0.

    Raises:
        ValueError: it is not.
    """
    if not value >= 0:
        raise ValueError(f"{name} must not be negative, got {value}")


def check_margin_power(p: int) -> None:
    """Raise unless `p` is 1 or 2.

    Raises:
        ValueError: it is another number.
    """
    if p not in (1, 2):
        raise ValueError(f"p must be 1 or 2, got {p}")


def check_alpha(alpha: float) -> None:
    """Raise unless the weight of ones lies in [0, 1], or is -1 for none.

    Raises:
        ValueError: it does not.
    """
    if alpha != -1:
        check_between("alpha", alpha, 0.0, 1.0)
